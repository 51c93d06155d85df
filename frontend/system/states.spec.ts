import type { Page } from '@playwright/test';
import {
  connect,
  expectAccessible,
  expectContrast,
  expectNoSidewaysScroll,
  log,
  openSignedIn,
  send,
  setConfig,
  status,
  storeUser,
  userOf,
} from './console-page';
import { expect, test } from './fixtures';
import type { Local } from './local';

// Each test brings the page into some states and checks each: it must fit three widths, and axe must find no violation in
// either theme. Screenshots are in test-results/states.

test.use({ viewport: { width: 1024, height: 768 } });

/** Checks the current state of the page. The colours of the dark theme are checked, too. */
async function checkState(page: Page, name: string): Promise<void> {
  await test.step(name, async () => {
    await expectNoSidewaysScroll(page);
    const screenshot = (theme: string) => page.screenshot({ path: `test-results/states/${name}-${theme}.png` });
    await page.emulateMedia({ colorScheme: 'light' });
    await screenshot('light');
    await expectAccessible(page);
    await page.emulateMedia({ colorScheme: 'dark' });
    await screenshot('dark');
    await expectContrast(page);
  });
}

/** Holds requests until the returned function is called. Then they are refused. */
async function holdRequests(page: Page, local: Local, url: string): Promise<() => void> {
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

const connectButton = (page: Page) => page.getByRole('button', { name: 'Connect', exact: true });
const panel = (page: Page) => page.getByRole('region', { name: 'Connection', exact: true });
const signOutDialog = (page: Page) => page.getByRole('dialog', { name: 'Sign out' });

/** Makes the page wait for a very long time before the next attempt. */
const preventReconnect = (page: Page) =>
  setConfig(page, { socket: { firstDelay: 1_000_000, longestDelay: 1_000_000 } });

test('signed out, and refused without a token', async ({ page, local }) => {
  await page.goto(local.outputs.siteUrl);
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await checkState(page, 'signed-out');

  await page.getByRole('button', { name: 'Connect without a token' }).click();
  await expect(status(page)).toContainText('Refused: no credential');
  await expect(panel(page)).toContainText('The connection carries no ticket and no token.');
  await expect(panel(page).getByRole('link', { name: 'Show the event in the inspector' })).toBeVisible();
  await checkState(page, 'refused');

  // A deployed page does not know the reason.
  await setConfig(page, { local: false });
  await page.reload();
  await page.getByRole('button', { name: 'Connect without a token' }).click();
  await expect(status(page)).toContainText('Refused or unreachable');
  await checkState(page, 'refused-unknown');
  await page.getByText('For the operator').click();
  await checkState(page, 'refused-unknown-operator');
});

test('no configuration', async ({ page, local }) => {
  await page.route('**/config.json', (route) => route.fulfill({ status: 404, body: '' }));
  await page.goto(local.outputs.siteUrl);
  await expect(page.getByRole('alert')).toBeVisible();
  await checkState(page, 'no-configuration');
});

test('signed in, open with messages, and closed', async ({ page, local, user }) => {
  await openSignedIn(page, local, user);
  await checkState(page, 'signed-in');

  const id = await connect(page);
  for (const text of ['{"hello": "sallyport", "list": [1, 2, 3]}', 'plain text', '{"action": "ping"}']) {
    await send(page, text);
  }
  await local.post(id, '{"type":"event","data":{"name":"order.created","order":"A-1001","items":3}}');
  await local.post(id, `{"message": "Internal server error", "connectionId":"${id}", "requestId":"WhHB0ptYOkEF4n8="}`);
  await expect(log(page)).toContainText('A-1001');
  await expect(log(page)).toContainText('The function failed');
  await checkState(page, 'open');

  await log(page)
    .getByRole('option', { name: /order.created/ })
    .click();
  await expect(page.getByRole('button', { name: 'Close message' })).toBeVisible();
  await checkState(page, 'selected-message');
  await page.getByRole('button', { name: 'Close message' }).click();

  await page.getByRole('searchbox').fill('nothing like this');
  await expect(log(page).getByRole('option')).toHaveCount(0);
  await checkState(page, 'no-match');
  await page.getByRole('button', { name: 'Show everything' }).click();

  await page.getByRole('button', { name: 'Disconnect' }).click();
  await expect(status(page)).toContainText('Closed');
  await checkState(page, 'closed');
});

test('connecting, waiting, and offline', async ({ page, local, user }) => {
  await preventReconnect(page);
  await openSignedIn(page, local, user);
  const refuse = await holdRequests(page, local, '**/tickets');
  await connectButton(page).click();
  await send(page, 'for later');
  await expect(log(page)).toContainText('queued');
  await expect(status(page)).toContainText('Connecting');
  await checkState(page, 'connecting');

  refuse();
  await expect(status(page)).toContainText('Reconnecting');
  await checkState(page, 'waiting');

  await page.context().setOffline(true);
  await expect(page.getByTestId('countdown')).toContainText('There is no network');
  await checkState(page, 'offline');
});

test('a sign-in that has expired', async ({ page, local, user }) => {
  await storeUser(page, local, await userOf(local, user, -3600));
  await expect(page.getByRole('alert')).toContainText('Your sign-in has expired');
  await checkState(page, 'expired');
});

test('a refused ticket request', async ({ page, local, user }) => {
  const token = await local.token(user, { audience: 'other' });
  await storeUser(page, local, await userOf(local, user, 3600, token));
  await connectButton(page).click();
  await expect(status(page)).toContainText('Refused: token audience');
  await checkState(page, 'refused-ticket');
});

test('an error message, and the end by the server', async ({ page, local, user }) => {
  await preventReconnect(page);
  await openSignedIn(page, local, user);
  const id = await connect(page);
  await send(page, '{"action":"refresh"}');
  await expect(log(page)).toContainText('refresh_malformed');
  await send(page, JSON.stringify({ action: 'refresh', token: await local.token(user) }));
  await expect(log(page)).toContainText('refreshed');
  await log(page)
    .getByRole('option', { name: /refresh_malformed/ })
    .click();
  await expect(page.getByRole('button', { name: 'Close message' })).toBeVisible();
  await checkState(page, 'error-message');
  await page.getByRole('button', { name: 'Close message' }).click();

  await local.disconnect({ connection: id }, 'The service moves at noon. Connect again in five minutes.');
  await expect(status(page)).toContainText('Ended: disconnected');
  await expect(panel(page)).toContainText('ended by the operator');
  await checkState(page, 'ended-by-the-server');
});

test('a connection whose token has expired', async ({ page, local, user }) => {
  await preventReconnect(page);
  await page.routeWebSocket(/\/live$/, (socket) => {
    socket.onMessage(() => {
      socket.send('{"type":"closing","data":{"code":"token_expired","message":"The token has expired."}}');
      void socket.close({ code: 1000 });
    });
  });
  await openSignedIn(page, local, user);
  await connectButton(page).click();
  await expect(status(page)).toContainText('Ended: token expired');
  await expect(panel(page)).toContainText('Sign in again, or refresh');
  await checkState(page, 'token-expired');
});

test('a session that ends soon, that cannot be renewed, and that is over', async ({ page, local, user }) => {
  await page.clock.install();
  await storeUser(page, local, await userOf(local, user, 3600));
  await connect(page);
  await page.clock.fastForward('00:58:15');
  await expect(page.getByTestId('session')).toContainText(/^Session ends in 1 min/);
  await checkState(page, 'session-soon');
  await page.clock.fastForward('00:01:00');
  await expect(status(page)).toContainText('but the session cannot be renewed');
  await checkState(page, 'session-not-renewed');
  await page.clock.fastForward('00:02:00');
  await expect(status(page)).toContainText('but the session is over');
  await checkState(page, 'session-over');
});

test('signing out everywhere: the dialog, the request, and its failure', async ({ page, local, user }) => {
  await openSignedIn(page, local, user);
  await connect(page);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(signOutDialog(page)).toBeVisible();
  await checkState(page, 'sign-out');

  const refuse = await holdRequests(page, local, '**/connections');
  await signOutDialog(page).getByRole('button', { name: 'Sign out everywhere' }).click();
  await expect(signOutDialog(page).getByRole('status')).toHaveText('Ending your connections…');
  await checkState(page, 'sign-out-busy');

  refuse();
  await expect(signOutDialog(page).getByRole('alert')).toContainText('You are still signed in.');
  await checkState(page, 'sign-out-failed');
});
