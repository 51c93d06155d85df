import type { Page } from '@playwright/test';
import {
  browserErrors,
  connect,
  entries,
  expectAccessible,
  expectContrast,
  log,
  openSignedIn,
  setConfig,
  status,
} from './console-page';
import { expect, test } from './fixtures';
import type { Local } from './local';

const form = (page: Page) => page.getByRole('form', { name: 'Push and disconnect' });
const answer = (page: Page) => form(page).getByRole('region', { name: 'Answer' });
const command = async (page: Page) => (await form(page).locator('code').textContent()) ?? '';

/** Opens the panel Push of the inspector. */
async function openPanel(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Local inspector/ }).click();
  await page.getByRole('tab', { name: 'Push', exact: true }).click();
}

async function openConnected(page: Page, local: Local, user: string): Promise<string> {
  await openSignedIn(page, local, user);
  const id = await connect(page);
  await openPanel(page);
  await expect(form(page).getByLabel('Connection id')).toHaveValue(id);
  return id;
}

test('pushes to a connection, a user and all, and shows the answer', async ({ page, local, user }) => {
  const errors = browserErrors(page);
  await openConnected(page, local, user);
  const push = async (text: string) => {
    await form(page)
      .getByLabel('Message, as JSON')
      .fill(JSON.stringify({ type: 'event', data: text }));
    await form(page).getByRole('button', { name: 'Push', exact: true }).click();
    await expect(log(page)).toContainText(text);
  };
  await push('to the connection');
  await expect(answer(page)).toContainText('sent 1, gone 0, failed 0');
  await form(page).getByRole('combobox', { name: 'To' }).selectOption('user');
  await form(page).getByLabel('Name of the user').fill(user);
  await push('to the user');
  await expect(answer(page)).toContainText('sent 1, gone 0, failed 0');
  await form(page).getByRole('combobox', { name: 'To' }).selectOption('all');
  await push('to all');
  await expect(answer(page)).toContainText('The function answered: sent');
  await form(page).getByRole('combobox', { name: 'To' }).selectOption('channel');
  await form(page)
    .getByLabel(/^Channel/)
    .fill('no-such-namespace:1');
  await form(page).getByRole('button', { name: 'Push', exact: true }).click();
  await expect(answer(page)).toContainText('channel_unknown');
  expect(
    errors.filter((text) => !text.includes('422')),
    'console errors and CSP violations',
  ).toEqual([]);
});

test('disconnects this connection with a reason, by the keyboard alone', async ({ page, local, user }) => {
  await openConnected(page, local, user);
  await form(page).getByRole('radio', { name: 'Push a message' }).focus();
  await page.keyboard.press('ArrowDown');
  await expect(form(page).getByRole('radio', { name: 'Disconnect' })).toBeChecked();
  await page.keyboard.press('Tab');
  await expect(form(page).getByRole('combobox', { name: 'To' })).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  await page.keyboard.type('Back at noon.');
  await page.keyboard.press('Enter');
  await expect(answer(page)).toContainText('ended 1, gone 0, failed 0');
  await expect(entries(page, /Back at noon/).first()).toBeVisible();
  await expect(status(page)).not.toContainText('Open');
});

test('the command for the terminal gives the same order', async ({ page, local, user }) => {
  await openConnected(page, local, user);
  await form(page).getByLabel('Message, as JSON').fill('{\n  "type": "event",\n  "data": "by the script"\n}');
  expect(local.shell(await command(page))).toContain('sent 1');
  await expect(log(page)).toContainText('by the script');
});

test('a deployed page shows the command only', async ({ page, local, user }) => {
  await setConfig(page, { local: undefined });
  await openSignedIn(page, local, user);
  await connect(page);
  await page.getByText('Push to a user, a channel or all').click();
  await expect(form(page)).toBeVisible();
  await expect(form(page).getByRole('button', { name: /^(Push|Disconnect)$/ })).toHaveCount(0);
  await form(page).getByRole('combobox', { name: 'To' }).selectOption('all');
  expect(await command(page)).toContain('send.sh');
  await expectAccessible(page);
});

for (const [width, height] of [
  [1440, 900],
  [1366, 650],
  [360, 740],
] as const) {
  test(`the panel at ${width}`, async ({ page, local, user }) => {
    await page.setViewportSize({ width, height });
    await openSignedIn(page, local, user);
    await connect(page);
    if (width < 900) {
      await page.getByRole('tab', { name: 'Inspector' }).click();
      await page.getByRole('tab', { name: 'Push', exact: true }).click();
    } else {
      await openPanel(page);
    }
    await form(page).getByRole('button', { name: 'Push', exact: true }).click();
    await expect(answer(page)).toContainText('sent 1');
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `test-results/states/push-${width}-${colorScheme}.png` });
      await (colorScheme === 'light' ? expectAccessible(page) : expectContrast(page));
    }
  });
}
