import AxeBuilder from '@axe-core/playwright';
import { expect, type Page, test } from '@playwright/test';
import { connect, log, send, setConfig, signIn, status, storedUser, storeUser } from './console-page';
import { Local } from './local';

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

/** Keeps requests waiting until the returned function is called; then they are refused. */
async function hold(page: Page, url: string): Promise<() => void> {
  let refuse = () => {};
  const refused = new Promise<void>((done) => {
    refuse = done;
  });
  await page.route(url, async (route) => {
    await refused;
    await route.fulfill({
      status: 503,
      headers: { 'access-control-allow-origin': local.outputs.siteUrl },
      json: { type: 'error', data: { code: 'unavailable', message: 'The service could not check this just now.' } },
    });
  });
  return refuse;
}

/** Gives the page more patience than the pictures take. */
const bePatient = (page: Page) =>
  page.addInitScript(() => {
    const real = setTimeout;
    window.setTimeout = ((action: () => void, delay = 0) =>
      real(action, delay < 10_000 ? delay : 100 * delay)) as typeof setTimeout;
  });

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
  await bePatient(page);
  await setConfig(page, { socket: { firstDelay: 1_000_000, longestDelay: 1_000_000 } });
  await signIn(page, local, 'bob');
  const refuse = await hold(page, '**/tickets');
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await send(page, 'for later');
  await expect(log(page)).toContainText('queued');
  await look(page, 'connecting');
  refuse();
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

test('refused a ticket, ended by the server', async ({ page }) => {
  await setConfig(page, { socket: { firstDelay: 1_000_000, longestDelay: 1_000_000 } });
  await signIn(page, local, 'dave');
  const user = await storedUser(page, local);
  await storeUser(page, local, { ...user, access_token: await local.token('dave', { audience: 'other' }) });
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await expect(status(page)).toContainText('Refused: token audience');
  await look(page, 'refused-a-ticket');

  await storeUser(page, local, user);
  const id = await connect(page);
  await send(page, '{"action":"refresh"}');
  await expect(log(page)).toContainText('refresh_malformed');
  await send(page, JSON.stringify({ action: 'refresh', token: user.access_token }));
  await expect(log(page)).toContainText('refreshed');
  await log(page)
    .getByRole('option', { name: /refresh_malformed/ })
    .click();
  await look(page, 'error-message');
  await page.getByRole('button', { name: 'Close message' }).click();
  await local.disconnect({ connection: id }, 'The service moves at noon. Connect again in five minutes.');
  await expect(status(page)).toContainText('Ended: disconnected');
  await expect(page.getByRole('region', { name: 'Connection' })).toContainText('ended by the operator');
  await look(page, 'ended-by-the-server');
});

test('the token expired on the open connection', async ({ page }) => {
  await setConfig(page, { socket: { firstDelay: 1_000_000, longestDelay: 1_000_000 } });
  await page.routeWebSocket(/\/live$/, (socket) => {
    socket.onMessage(() => {
      socket.send('{"type":"closing","data":{"code":"token_expired","message":"The token has expired."}}');
      void socket.close({ code: 1000 });
    });
  });
  await signIn(page, local, 'erin');
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await expect(status(page)).toContainText('Ended: token expired');
  await expect(page.getByRole('region', { name: 'Connection' })).toContainText('Sign in again, or refresh');
  await look(page, 'token-expired');
});

test('signing out', async ({ page }) => {
  await bePatient(page);
  await signIn(page, local, 'frank');
  await connect(page);
  const dialog = page.getByRole('dialog', { name: 'Sign out' });
  await page.getByRole('button', { name: 'Sign out' }).click();
  await look(page, 'sign-out');

  const refuse = await hold(page, '**/connections');
  await dialog.getByRole('button', { name: 'Sign out everywhere' }).click();
  await expect(dialog.getByRole('status')).toHaveText('Ending your connections…');
  await look(page, 'sign-out-busy');
  refuse();
  await expect(dialog.getByRole('alert')).toContainText('You are still signed in.');
  await look(page, 'sign-out-failed');
});
