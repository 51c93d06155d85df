import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import { connect, log, send, setSocketTimes, signIn, status, storedUser, storeUser } from './console-page';
import { handshake, Local } from './local';

// Every state of the page, in both themes and three widths: what axe finds
// wrong with it, and pictures to look at in test-results/states.

let local: Local;

test.beforeAll(async () => {
  test.setTimeout(300_000);
  local = await Local.start('-insecure-connections');
});

test.afterAll(() => local?.stop());

const sizes = [
  { width: 320, height: 700 },
  { width: 1024, height: 768 },
  { width: 1680, height: 1000 },
];

/** Takes the pictures of a state and looks for violations of WCAG 2.2 AA. */
async function look(page: Page, name: string): Promise<void> {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const size of sizes) {
      await page.setViewportSize(size);
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      expect(wide, `${name} scrolls sideways at ${size.width}`).toBe(false);
      await page.screenshot({ path: `test-results/states/${name}-${colorScheme}-${size.width}.png` });
      const { violations } = await new AxeBuilder({ page })
        .withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
        .analyze();
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.html).join(' | ')}`);
      expect(found, `${name}, ${colorScheme}, ${size.width}`).toEqual([]);
    }
  }
}

test('signed out', async ({ page }) => {
  await page.goto(local.outputs.siteUrl);
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await look(page, 'signed-out');
  await page.getByRole('button', { name: 'Connect without a token' }).click();
  await expect(status(page)).toContainText('Refused or out of reach');
  await page.getByText('What it may have been').click();
  await look(page, 'refused');
});

test('no configuration', async ({ page }) => {
  await page.route('**/config.json', (route) => route.fulfill({ status: 404, body: '' }));
  await page.goto(local.outputs.siteUrl);
  await expect(page.getByRole('alert')).toBeVisible();
  await look(page, 'no-configuration');
});

test('signed in, open, chosen message, nothing found, closed', async ({ page }) => {
  await signIn(page, local, 'alice');
  await look(page, 'signed-in');
  const id = await connect(page);
  for (const text of ['{"hello": "sallyport", "list": [1, 2, 3]}', 'plain text', '{"action": "ping"}']) {
    await send(page, text);
  }
  await local.post(id, '{"type":"event","data":{"name":"order.created","order":"A-1001","items":3}}');
  await local.post(id, `{"message": "Internal server error", "connectionId":"${id}", "requestId":"WhHB0ptYOkEF4n8="}`);
  await expect(log(page)).toContainText('A-1001');
  await expect(log(page)).toContainText('The Lambda failed');
  await look(page, 'open');
  await log(page)
    .getByRole('option', { name: /order.created/ })
    .click();
  await look(page, 'chosen-message');
  await page.getByRole('searchbox').fill('nothing like this');
  await look(page, 'nothing-found');
  await page.getByRole('searchbox').fill('');
  await page.getByRole('button', { name: 'Disconnect' }).click();
  await look(page, 'closed');
});

test('connecting and waiting', async ({ page }) => {
  await setSocketTimes(page, { firstDelay: 1_000_000, longestDelay: 1_000_000, handshake: 100_000 });
  await signIn(page, local, 'bob');
  await handshake(local.outputs.websocketUrl, 'none'); // so that a Lambda runs
  const lambdas = local.children('.build/lambda');
  expect(lambdas.length).toBeGreaterThan(0);
  for (const pid of lambdas) process.kill(pid, 'SIGSTOP');
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await send(page, 'for later');
  await expect(log(page)).toContainText('queued');
  await look(page, 'connecting');
  for (const pid of lambdas) process.kill(pid, 'SIGKILL');
  await expect(status(page)).toContainText('Waiting');
  await look(page, 'waiting');
  await page.context().setOffline(true);
  await expect(page.getByTestId('countdown')).toContainText('There is no network');
  await look(page, 'offline');
  await page.context().setOffline(false);
});

test('sign-in expired', async ({ page }) => {
  await signIn(page, local, 'carol');
  const user = await storedUser(page, local);
  const expired = await local.token('carol', { expiresIn: -3600 });
  await storeUser(page, local, { ...user, access_token: expired, refresh_token: undefined });
  await expect(page.getByRole('alert')).toContainText('Your sign-in has expired');
  await look(page, 'expired');
});
