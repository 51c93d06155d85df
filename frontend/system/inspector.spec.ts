import type { Page } from '@playwright/test';
import {
  browserErrors,
  connect,
  entries,
  expectAccessible,
  expectContrast,
  expectNoSidewaysScroll,
  log,
  openSignedIn,
  send,
  status,
  storedUser,
} from './console-page';
import { expect, test } from './fixtures';
import type { Local } from './local';

const inspector = (page: Page) => page.getByRole('region', { name: 'Local inspector' });
/** The events with this text in their line. */
const events = (page: Page, text: string) =>
  inspector(page)
    .getByRole('group')
    .filter({ has: page.locator('summary', { hasText: text }) });
const toggle = (page: Page) => page.getByRole('button', { name: /^Local inspector/ });

async function injectFailure(page: Page, name: string) {
  await inspector(page).getByRole('tab', { name: 'Failures' }).click();
  await inspector(page).getByRole('button', { name }).click();
  await expect(inspector(page).getByText(`${name}: done.`)).toBeVisible();
}

/** Signs in, connects and opens the inspector; returns the connection's id. */
async function openInspector(page: Page, local: Local, user: string): Promise<string> {
  await openSignedIn(page, local, user);
  const id = await connect(page);
  await toggle(page).click();
  await expect(inspector(page).getByRole('table')).toContainText(`${id} (mine)`);
  return id;
}

test('shows events and their answers without tokens', async ({ page, local, user }) => {
  const errors = browserErrors(page);
  await page.setViewportSize({ width: 1440, height: 900 });
  const served: string[] = [];
  page.on('response', async (response) => {
    if (response.url().includes('/inspector/')) served.push(await response.text().catch(() => ''));
  });
  const id = await openInspector(page, local, user);
  await send(page, '{"hello": "inspector"}');

  // The run also has events of other tests.
  const echo = events(page, '$default').filter({ hasText: id });
  await expect(echo).toContainText('status 200');
  await echo.locator('summary').click();
  await expect(echo).toContainText('Event, ');
  await expect(echo.locator('pre').first()).toContainText('hello');
  await expect(echo.locator('pre').nth(2)).toContainText('"statusCode": 200');
  await expect(echo.locator('pre').last()).toContainText('REPORT RequestId');

  const ticket = events(page, 'POST /tickets').first();
  await expect(ticket).toContainText('status 201');
  await expect(events(page, 'OPTIONS /tickets').first(), 'the preflight request').toContainText('status 204');
  await ticket.locator('summary').click();
  await expect(ticket.locator('pre').first()).toContainText('"authorization": "…redacted"');
  await expect(ticket.locator('pre').nth(2)).toContainText('"ticket": "…redacted"');

  const authorizer = events(page, 'authorizer').first();
  await expect(authorizer).toContainText('Allow');
  await authorizer.locator('summary').click();
  await expect(authorizer.locator('pre').first()).toContainText('ticket.…redacted');

  await expectNoSidewaysScroll(page);
  await page.emulateMedia({ colorScheme: 'light' });
  await page.screenshot({ path: 'test-results/states/inspector-light.png' });
  await expectAccessible(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.screenshot({ path: 'test-results/states/inspector-dark.png' });
  await expectContrast(page);
  const token = String((await storedUser(page, local)).access_token);
  expect(served.length).toBeGreaterThan(1);
  for (const part of [token, ...token.split('.')]) {
    expect(served.some((text) => text.includes(part))).toBe(false);
  }
  expect(errors, 'console errors and CSP violations').toEqual([]);
});

test('answers only the page itself', async ({ request, local }) => {
  const { siteUrl } = local.outputs;
  expect((await request.get(`${siteUrl}/inspector/state`)).status()).toBe(200);
  for (const [name, value, status] of [
    ['origin', 'http://evil.example', 403],
    ['host', 'evil.example', 421],
    ['sec-fetch-site', 'cross-site', 403],
  ] as const) {
    const answer = await request.get(`${siteUrl}/inspector/state`, { headers: { [name]: value } });
    expect(answer.status(), name).toBe(status);
  }
});

test('Kill the function, Slow client and Idle out have their effects', async ({ page, local, user }) => {
  const id = await openInspector(page, local, user);
  await test.step('a killed Lambda has a cold start', async () => {
    const before = local.children('.build/lambda');
    expect(before.length).toBeGreaterThan(0);
    await injectFailure(page, 'Kill the function');
    await send(page, 'still there');
    await expect(log(page).getByText('still there')).toHaveCount(2);
    await expect(events(page, '$default').first()).toContainText('cold');
    expect(local.children('.build/lambda').filter((pid) => before.includes(pid))).toEqual([]);
  });
  await test.step('a push to a slow client counts as failed, but arrives', async () => {
    await injectFailure(page, 'Slow client');
    expect(await local.push({ user }, { type: 'event', data: 'late' })).toEqual({ sent: 0, gone: 0, failed: 1 });
    await expect(log(page)).toContainText('late');
  });
  await test.step('Idle out closes the connection with 1001, which the page shows', async () => {
    await injectFailure(page, 'Idle out');
    await expect(log(page)).toContainText('1001');
    const disconnected = events(page, '$disconnect').filter({ hasText: id });
    await expect(disconnected).toHaveCount(1);
  });
});

test('Refuse the next connect and Expire the token refuse one attempt each', async ({ page, local, user }) => {
  await openSignedIn(page, local, user);
  await toggle(page).click();
  const connectButton = page.getByRole('button', { name: 'Connect', exact: true });
  let refusals = 0;
  for (const [button, outcome] of [
    ['Refuse the next connect', 'Deny'],
    ['Expire the token', 'Unauthorized'],
  ] as const) {
    await injectFailure(page, button);
    await expect(inspector(page)).toContainText('Waiting for it.');
    await connectButton.click();
    await expect(events(page, 'by the inspector').first()).toContainText(outcome);
    refusals += 1;
    await expect(entries(page, /Closed 1006/)).toHaveCount(refusals);
    await expect(inspector(page)).not.toContainText('Waiting for it.');
    // After some refusals, the page tries again by itself. Each of these states stays until the test ends it.
    await expect(connectButton.or(status(page).filter({ hasText: 'Open' }))).toBeVisible();
    if (await connectButton.isVisible()) await connectButton.click();
    await expect(status(page)).toContainText('Open');
    await page.getByRole('button', { name: 'Disconnect' }).click();
  }
});

test('the function deletes the record of a connection that is gone, unless it may still be opening', async ({
  page,
  local,
  user,
}) => {
  const id = await openInspector(page, local, user);
  await local.age(id, 0); // it may still be opening for a minute
  await injectFailure(page, 'Gone on push');
  expect(await local.push({ user }, { type: 'event' })).toEqual({ sent: 0, gone: 1, failed: 0 });
  expect(await local.rows(user)).toHaveLength(1);
  await local.age(id, 3_600_000);
  await injectFailure(page, 'Gone on push');
  await expect(inspector(page)).toContainText(`Waiting for it on ${id}.`);
  expect(await local.push({ user }, { type: 'event' })).toEqual({ sent: 0, gone: 1, failed: 0 });
  await expect(events(page, 'sent 0, gone 1, failed 0')).toHaveCount(2);
  expect(await local.rows(user)).toHaveLength(0);
  await expect(status(page)).toContainText('Open');
});

test.describe('the drawer', () => {
  test('stays at the bottom of the window, and its height survives a reload', async ({ page, local, user }) => {
    await page.setViewportSize({ width: 1366, height: 650 });
    await openInspector(page, local, user);
    const bottom = async () => {
      const box = await inspector(page).boundingBox();
      return box && Math.round(box.y + box.height);
    };
    expect(await bottom()).toBe(650);
    await expect(events(page, 'authorizer').first()).toBeInViewport();

    const edge = page.getByRole('separator', { name: 'Height of the inspector' });
    await edge.focus();
    await page.keyboard.press('Home');
    await expect(edge).toHaveAttribute('aria-valuenow', '15');
    await page.keyboard.press('PageUp');
    await page.keyboard.press('ArrowUp');
    await expect(edge).toHaveAttribute('aria-valuenow', '27');
    expect((await inspector(page).boundingBox())?.height).toBeCloseTo(0.27 * 650, -1);
    await page.reload();
    await expect(edge).toHaveAttribute('aria-valuenow', '27');
    expect(await bottom()).toBe(650);

    await edge.hover({ force: true });
    await page.mouse.down();
    await page.mouse.move(600, 325);
    await page.mouse.up();
    await expect(edge).toHaveAttribute('aria-valuenow', '50');
  });

  test('has the events of this page’s connections only under "mine"', async ({ page, local, user, another }) => {
    const other = await another();
    await openSignedIn(other, local, `${user}-other`);
    const theirs = await connect(other);
    const mine = await openInspector(page, local, user);
    await expect(events(page, theirs).first()).toBeVisible();
    await inspector(page).getByRole('combobox', { name: 'Show' }).selectOption('mine');
    await expect(events(page, theirs)).toHaveCount(0);
    await expect(events(page, 'POST /tickets')).toHaveCount(0);
    await expect(events(page, mine)).not.toHaveCount(0);
    // An earlier connection of the page remains its own, also if the drawer was closed then.
    await toggle(page).click();
    await page.getByRole('button', { name: 'Disconnect' }).click();
    const next = await connect(page);
    await toggle(page).click();
    await inspector(page).getByRole('combobox', { name: 'Show' }).selectOption('mine');
    await expect(events(page, next)).not.toHaveCount(0);
    await expect(events(page, mine)).not.toHaveCount(0);
  });

  test('a link opens an event, and its number does not change', async ({ page, local, user }) => {
    await openSignedIn(page, local, user);
    const mine = await connect(page);
    await toggle(page).click();
    const event = events(page, 'authorizer').filter({ hasText: mine });
    const line = event.locator('summary');
    const number = (await line.locator('.event-number').textContent()) ?? '';
    await toggle(page).click();
    await page.evaluate(
      (hash) => {
        location.hash = hash;
      },
      `event-${number.slice(1)}`,
    );
    await expect(line).toBeFocused();
    await expect(event.locator('pre').first()).toBeVisible();
    await send(page, 'another event');
    await expect(events(page, '$default').filter({ hasText: mine })).toBeVisible();
    await expect(line.locator('.event-number')).toHaveText(number);
    await page.goto(`${local.outputs.siteUrl}/#event-999999`);
    await expect(inspector(page).getByRole('alert')).toContainText('Event 999999 is not here');
  });
});

test('a narrow page has the inspector as a tab', async ({ page, local, user }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await openSignedIn(page, local, user);
  await connect(page);
  await page.getByRole('tab', { name: 'Inspector' }).click();
  await expect(events(page, 'authorizer').first()).toBeVisible();
  await expect(page.getByRole('separator')).toHaveCount(0);
  for (const view of ['Events', 'Connections', 'Failures']) {
    await inspector(page).getByRole('tab', { name: view }).click();
    await expect(inspector(page).getByRole('tabpanel')).toBeVisible();
    await page.emulateMedia({ colorScheme: 'light' });
    await page.screenshot({ path: `test-results/states/inspector-phone-${view}-light.png`, fullPage: true });
    await expectAccessible(page);
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.screenshot({ path: `test-results/states/inspector-phone-${view}-dark.png`, fullPage: true });
    await expectContrast(page);
  }
});
