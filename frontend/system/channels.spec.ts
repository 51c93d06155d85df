import type { Page } from '@playwright/test';
import {
  browserErrors,
  connect,
  expectAccessible,
  expectContrast,
  expectNoSidewaysScroll,
  openSignedIn,
  setConfig,
} from './console-page';
import { expect, test } from './fixtures';
import type { Local } from './local';

const state = (page: Page) => page.getByRole('status', { name: 'Connection for channels' });
const lines = (page: Page) => page.getByRole('log', { name: 'Messages' }).getByRole('listitem');
const people = (page: Page) => page.getByRole('region', { name: /^Users here/ }).getByRole('listitem');

/** Signs in, opens the tab and subscribes to a channel. */
async function openChannel(page: Page, local: Local, user: string, channel: string): Promise<void> {
  await openSignedIn(page, local, user);
  await page.getByRole('tab', { name: 'Channels' }).click();
  await page.getByRole('combobox', { name: 'Channel' }).fill(channel);
  await page.keyboard.press('Enter');
  await expect(state(page)).toContainText('Connected');
  await expect(lines(page).filter({ hasText: 'Subscribed.' })).toBeVisible();
}

async function publish(page: Page, channel: string, text: string): Promise<void> {
  await page.getByRole('textbox', { name: `Message to ${channel}` }).fill(text);
  await page.keyboard.press('Control+Enter');
}

test('two browsers chat, and one that was dropped recovers', async ({ page, another, local, user }) => {
  const errors = browserErrors(page);
  const other = await another();
  const channel = `chat:${user}`;
  await openChannel(page, local, user, channel);
  await openChannel(other, local, `${user}-b`, channel);
  await expect(lines(page).filter({ hasText: `${user}-b joined.` })).toBeVisible();
  for (const one of [page, other]) {
    await expect(people(one)).toHaveText([new RegExp(`^${user}( |$)`), new RegExp(`^${user}-b( |$)`)]);
  }

  await publish(page, channel, 'hello');
  await publish(other, channel, '{"answer": 42}');
  await expect(lines(other).filter({ hasText: `offset 1${user}hello` })).toBeVisible();
  await expect(lines(page).filter({ hasText: `offset 2${user}-b{"answer":42}` })).toBeVisible();
  await expect(lines(page).filter({ hasText: `offset 1${user} (you)hello` })).toBeVisible();

  // The dropped page gets no ticket until the other one has published.
  let resume = () => {};
  const published = new Promise<void>((done) => {
    resume = done;
  });
  await other.route('**/tickets', async (route) => {
    await published;
    await route.continue();
  });
  await other.getByRole('button', { name: 'Drop connection' }).click();
  await expect(state(other)).toContainText('Connecting…');
  await expect(lines(page).filter({ hasText: `${user}-b left.` })).toBeVisible();
  await publish(page, channel, 'missed 1');
  await expect(lines(page).filter({ hasText: 'missed 1' })).toBeVisible();
  await publish(page, channel, 'missed 2');
  await expect(lines(page).filter({ hasText: 'missed 2' })).toBeVisible();
  resume();
  await expect(lines(other).filter({ hasText: /^[\d:]+Recovered 2 messages after .* s away\.$/ })).toBeVisible();
  await expect(lines(other).filter({ hasText: /missed \d/ })).toHaveText([/offset 3.*missed 1/, /offset 4.*missed 2/]);
  await publish(other, channel, 'back');
  await expect(lines(page).filter({ hasText: 'back' })).toBeVisible();
  await expectAccessible(page);
  await expectNoSidewaysScroll(page);
  expect(errors, 'console errors and CSP violations').toEqual([]);
});

test('older messages are loaded by the page, and errors are explained', async ({ page, local, user }) => {
  const channel = `chat:${user}`;
  await openChannel(page, local, user, channel);
  for (let at = 1; at <= 22; at++) {
    await publish(page, channel, `message ${at}.`);
    await expect(lines(page).filter({ hasText: `message ${at}.` })).toBeVisible();
  }
  await page.getByRole('button', { name: 'Unsubscribe' }).click();
  await page.getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('combobox', { name: 'Channel' }).fill(channel);
  await page.keyboard.press('Enter');
  const older = page.getByRole('button', { name: 'Load older' });
  await older.click();
  await expect(lines(page).filter({ hasText: 'history' })).toHaveCount(20);
  await older.click();
  await expect(lines(page).filter({ hasText: 'history' })).toHaveCount(22);
  await expect(page.getByText('The history starts here.')).toBeVisible();
  await expect(lines(page).first()).toContainText(`offset 1${user} (you)message 1.`);

  await page.getByRole('combobox', { name: 'Channel' }).fill('nowhere:1');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toContainText('(code 102)');
  await page.getByRole('button', { name: 'Remove' }).click();
  await page.getByRole('button', { name: /^user:.*your own/ }).click();
  await expect(page.getByRole('region', { name: /^user:/ })).toContainText('(code 103)');
  await page.getByLabel('Theme').selectOption('dark');
  await expectContrast(page);
});

test('the page says why there are no channels', async ({ page, local, user }) => {
  await setConfig(page, { httpUrl: undefined });
  await openSignedIn(page, local, user);
  await page.getByRole('tab', { name: 'Messages' }).focus();
  await page.keyboard.press('ArrowRight');
  await expect(page.getByRole('alert')).toContainText('config.json has no httpUrl');
});

test('if the client for channels cannot be loaded, the page says so, and the messages still work', async ({
  page,
  local,
  user,
}) => {
  await page.route('**/assets/channels-*.js', (route) => route.abort());
  await openSignedIn(page, local, user);
  await page.getByRole('tab', { name: 'Channels' }).click();
  await expect(page.getByRole('alert')).toContainText('Load the page again.');
  await page.getByRole('tab', { name: 'Messages' }).click();
  await connect(page);
});

for (const [width, height] of [
  [1440, 900],
  [1366, 650],
  [360, 740],
] as const) {
  test(`the tab at ${width}x${height}`, async ({ page, local, user }) => {
    await page.setViewportSize({ width, height });
    await page.goto(local.outputs.siteUrl);
    await page.getByRole('tab', { name: 'Channels' }).click();
    await expect(page.getByText('No channel yet.', { exact: false })).toBeVisible();
    await page.screenshot({ path: `test-results/states/channels-empty-${width}.png` });
    const channel = `chat:${user}`;
    await openChannel(page, local, user, channel);
    for (const text of [
      'hello',
      'a longer message that does not fit on one line of a phone, so it wraps',
      '{"n": 1}',
    ]) {
      await publish(page, channel, text);
    }
    await expect(lines(page).filter({ hasText: 'offset 3' })).toBeVisible();
    await expect(page.getByRole('textbox', { name: `Message to ${channel}` })).toBeInViewport({ ratio: 1 });
    await expect(page.getByRole('button', { name: 'Publish' })).toBeInViewport({ ratio: 1 });
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `test-results/states/channels-${width}-${colorScheme}.png` });
      await (colorScheme === 'light' ? expectAccessible(page) : expectContrast(page));
    }
  });
}
