import type { Page } from '@playwright/test';
import {
  browserErrors,
  connect,
  expectAccessible,
  expectContrast,
  hold,
  log,
  openSignedIn,
  send,
  status,
  storeUser,
  userOf,
} from './console-page';
import { expect, test } from './fixtures';
import type { Local } from './local';

// The layout of the page: its first screen at each width, and that nothing is cut off.

/** Expects that an element is fully in the window. */
async function expectInWindow(page: Page, role: 'button' | 'textbox' | 'log', name: string): Promise<void> {
  await expect(page.getByRole(role, { name, exact: true }), `${role} ${name}`).toBeInViewport({ ratio: 1 });
}

/** Expects that the page itself does not scroll: its parts do. */
async function expectNoPageScroll(page: Page): Promise<void> {
  const { width, height } = await page.evaluate(() => ({
    width: document.documentElement.scrollWidth - innerWidth,
    height: document.documentElement.scrollHeight - innerHeight,
  }));
  expect({ width, height }).toEqual({ width: 0, height: 0 });
}

const open = async (page: Page, local: Local, user: string) => {
  await openSignedIn(page, local, user);
  await connect(page);
  for (let count = 0; count < 30; count++) await send(page, `message ${count}`);
  await expect(log(page)).toContainText('"message 29"');
};

const sizes = [
  { name: 'desktop', width: 1440, height: 900, touch: false },
  { name: 'laptop', width: 1366, height: 650, touch: false },
  { name: 'tablet', width: 820, height: 1180, touch: true },
  { name: 'phone', width: 360, height: 740, touch: true },
] as const;

for (const { name, width, height, touch } of sizes) {
  test.describe(name, () => {
    test.use({ viewport: { width, height }, hasTouch: touch });

    test('signed out: one obvious action, and a link that names the refusal', async ({ page, local }) => {
      await page.goto(local.outputs.siteUrl);
      const panel = page.getByRole('region', { name: 'Connection' });
      await expect(panel).toContainText('The WebSocket opens only with a verified token.');
      await expect(page.locator('.button-primary:enabled')).toHaveText(['Sign in']);
      await expect(panel.getByRole('button', { name: 'Sign in' })).toBeInViewport({ ratio: 1 });
      await expect(panel.getByRole('button', { name: 'to see the refusal' })).toBeInViewport({ ratio: 1 });
      await expect(page.getByRole('heading', { name: 'Last minute' }), 'figures without data').toHaveCount(0);
      await expectNoPageScroll(page);

      await panel.getByRole('button', { name: 'to see the refusal' }).click();
      await expect(status(page)).toContainText('Refused');
      await expect(panel).toContainText('Trace id');
      await expect(log(page).getByRole('option').first(), 'the row of the refusal').toBeInViewport({ ratio: 0.9 });
      await expectNoPageScroll(page);
      await expectAccessible(page);
    });

    test('open: the log, the message and Send are on the first screen', async ({ page, local, user }) => {
      await open(page, local, user);
      for (const button of ['Send', 'Disconnect', 'Sign out', 'Details']) await expectInWindow(page, 'button', button);
      await expectInWindow(page, 'textbox', 'Message');
      await expectInWindow(page, 'log', 'Messages');
      await expect(log(page).getByRole('option', { name: /Received echo.*message 29/ })).toBeInViewport({ ratio: 0.9 });
      await expectNoPageScroll(page);
      await expectAccessible(page);
      await page.emulateMedia({ colorScheme: 'dark' });
      await expectContrast(page);
    });
  });
}

test.describe('on a phone', () => {
  test.use({ viewport: { width: 360, height: 740 }, hasTouch: true });

  test('the name of the page stays, a long name of a user is shortened, and no key is named', async ({
    page,
    local,
  }) => {
    const user = 'a-user-with-a-very-long-name@subdomain.example.com';
    await openSignedIn(page, local, user);
    await connect(page);
    await expect(page.getByRole('heading', { name: 'Sallyport' })).toBeInViewport({ ratio: 1 });
    await expect(page.getByTitle(user)).toBeInViewport({ ratio: 1 });
    await expect(page.getByText('Ctrl + Enter sends')).toBeHidden();
    const status = page.getByRole('status', { name: 'Connection' });
    const [line, button] = [
      await status.boundingBox(),
      await page.getByRole('button', { name: 'Disconnect' }).boundingBox(),
    ];
    expect(line?.y, 'the state and its button are on one line').toBeGreaterThanOrEqual(button?.y ?? Infinity);
    expect((line?.y ?? Infinity) + (line?.height ?? 0)).toBeLessThanOrEqual((button?.y ?? 0) + (button?.height ?? 0));
  });

  test('figures, terminal and inspector are in tabs', async ({ page, local, user }) => {
    await openSignedIn(page, local, user);
    await page.getByRole('tab', { name: 'Figures' }).click();
    await expect(page.getByRole('tabpanel', { name: 'Figures' })).toContainText('Connect to see figures.');
    await page.getByRole('tab', { name: 'Messages' }).click();
    await connect(page);
    for (const [tab, text] of [
      ['Figures', 'Round trip'],
      ['Terminal', 'scripts/send.sh'],
      ['Inspector', ''],
    ] as const) {
      await page.getByRole('tab', { name: tab }).click();
      await expect(page.getByRole('tabpanel', { name: tab })).toContainText(text);
      await expectNoPageScroll(page);
      await expectAccessible(page);
    }
    await page.setViewportSize({ width: 1024, height: 740 });
    await expect(page.getByRole('tab')).toHaveText(['Messages', 'Channels']);
    await expect(page.getByRole('tab', { selected: true })).toHaveText('Messages');
  });
});

test('Details shows and hides the data of the connection', async ({ page, local, user }) => {
  await page.setViewportSize({ width: 1366, height: 650 });
  await openSignedIn(page, local, user);
  await connect(page);
  await expect(page.getByTestId('connection-id')).toBeHidden();
  await page.getByRole('button', { name: 'Details' }).click();
  await expect(page.getByTestId('connection-id')).toBeVisible();
  await expectInWindow(page, 'button', 'Send');
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.reload();
  await expect(page.getByTestId('address'), 'there is room for it').toBeVisible();
});

test('an open inspector on a low page leaves the connection, some rows and Send', async ({ page, local, user }) => {
  await page.setViewportSize({ width: 1366, height: 650 });
  await open(page, local, user);
  await page.getByRole('button', { name: /^Local inspector/ }).click();
  await expect(page.getByRole('table')).toContainText('(mine)');
  for (const button of ['Disconnect', 'Send']) await expectInWindow(page, 'button', button);
  await expectInWindow(page, 'textbox', 'Message');
  const rows = log(page).getByRole('option');
  for (const last of [-1, -2]) await expect(rows.nth(last)).toBeInViewport({ ratio: 0.9 });
  await expectNoPageScroll(page);
});

test('at 200 % zoom of a laptop, everything can be reached', async ({ page, local, user }) => {
  const errors = browserErrors(page);
  await page.setViewportSize({ width: 683, height: 325 });
  await open(page, local, user);
  await page.getByRole('button', { name: 'Send', exact: true }).scrollIntoViewIfNeeded();
  await expectInWindow(page, 'button', 'Send');
  await page.getByRole('button', { name: 'Disconnect' }).click();
  await expect(status(page)).toContainText('Closed');
  await expectNoPageScroll(page);
  expect(errors).toEqual([]);
});

test('nothing moves under the pointer while parts are loaded and the connection opens', async ({
  page,
  local,
  user,
}) => {
  await page.setViewportSize({ width: 1680, height: 1000 });
  const library = await hold(page, '**/assets/manager-*.js');
  const parts = await hold(page, '**/assets/{inspector,facts,traffic-panel,commands-panel}-*.js');
  const tickets = await hold(page, '**/tickets');
  await storeUser(page, local, await userOf(local, user));
  const places = () =>
    Promise.all(
      [/^(Connect|Disconnect)$/, 'Send', 'Second connection', 'Keys and commands'].map((name) =>
        page.getByRole('button', { name, exact: true }).boundingBox(),
      ),
    );
  await expect(page.getByRole('button', { name: 'Second connection' })).toBeVisible();
  const before = await places();
  library.release();
  await expect(page.getByRole('button', { name: 'Claims of the token' })).toBeVisible();
  expect(await places(), 'after the sign-in is restored').toEqual(before);
  parts.release();
  await expect(page.getByRole('button', { name: /Local inspector/ })).toBeVisible();
  await expect(page.getByTestId('address')).toBeVisible();
  expect(await places(), 'after the parts are loaded').toEqual(before);

  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'From your terminal' })).toBeVisible();
  await expect(status(page)).toContainText('Connecting');
  const connecting = await places();
  tickets.release();
  await expect(page.getByTestId('connection-id')).toHaveText(/=$/);
  await expect(page.getByTestId('session')).toBeVisible();
  expect(await places(), 'after the connection is open').toEqual(connecting);
});

test('nothing moves in the tab Channels while it connects', async ({ page, local, user }) => {
  const tickets = await hold(page, '**/tickets');
  await openSignedIn(page, local, user);
  await page.getByRole('tab', { name: 'Channels' }).click();
  await page.getByRole('combobox', { name: 'Channel' }).fill('chat:layout');
  await page.getByRole('button', { name: 'Subscribe' }).click();
  const places = () =>
    Promise.all(
      ['Disconnect', 'Subscribe'].map((name) => page.getByRole('button', { name, exact: true }).boundingBox()),
    );
  await expect(page.getByRole('status', { name: 'Connection for channels' })).toContainText('Connecting');
  const before = await places();
  tickets.release();
  await expect(page.getByTestId('trace')).toBeVisible();
  await expect(page.getByText('Subscribed.')).toBeVisible();
  expect(await places()).toEqual(before);
});
