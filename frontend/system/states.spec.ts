import type { Page } from '@playwright/test';
import {
  connect,
  enter,
  fitsEverybody,
  fitsEveryWidth,
  log,
  send,
  setConfig,
  status,
  storeUser,
  userOf,
} from './console-page';
import { expect, test } from './fixtures';
import type { Local } from './local';

// Every state of the page, one in each test: that it fits three widths, what
// axe finds wrong with it in both themes, and pictures to look at in
// test-results/states.

test.use({ viewport: { width: 1024, height: 768 } });

/** Looks at the state in which the page is. */
async function look(page: Page): Promise<void> {
  const name = test.info().title.replaceAll(' ', '-');
  await fitsEveryWidth(page);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: `test-results/states/${name}-${colorScheme}.png` });
    await fitsEverybody(page);
  }
}

/** Keeps requests waiting until the returned function is called; then they are refused. */
async function hold(page: Page, local: Local, url: string): Promise<() => void> {
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
const signOutDialog = (page: Page) => page.getByRole('dialog', { name: 'Sign out' });

/** Has the page wait for ever before it tries again. */
const neverAgain = (page: Page) => setConfig(page, { socket: { firstDelay: 1_000_000, longestDelay: 1_000_000 } });

test('signed out', async ({ page, local }) => {
  await page.goto(local.outputs.siteUrl);
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await look(page);
});

test('refused', async ({ page, local }) => {
  await page.goto(local.outputs.siteUrl);
  await page.getByRole('button', { name: 'Connect without a token' }).click();
  await expect(status(page)).toContainText('Refused or unreachable');
  await page.getByText('Possible reasons').click();
  await look(page);
});

test('no configuration', async ({ page, local }) => {
  await page.route('**/config.json', (route) => route.fulfill({ status: 404, body: '' }));
  await page.goto(local.outputs.siteUrl);
  await expect(page.getByRole('alert')).toBeVisible();
  await look(page);
});

test('signed in', async ({ page, local, user }) => {
  await enter(page, local, user);
  await look(page);
});

/** Connects, and fills the log with messages of every kind. */
async function talk(page: Page, local: Local, user: string): Promise<void> {
  await enter(page, local, user);
  const id = await connect(page);
  for (const text of ['{"hello": "sallyport", "list": [1, 2, 3]}', 'plain text', '{"action": "ping"}']) {
    await send(page, text);
  }
  await local.post(id, '{"type":"event","data":{"name":"order.created","order":"A-1001","items":3}}');
  await local.post(id, `{"message": "Internal server error", "connectionId":"${id}", "requestId":"WhHB0ptYOkEF4n8="}`);
  await expect(log(page)).toContainText('A-1001');
  await expect(log(page)).toContainText('The Lambda failed');
}

test('open', async ({ page, local, user }) => {
  await talk(page, local, user);
  await look(page);
});

test('chosen message', async ({ page, local, user }) => {
  await talk(page, local, user);
  await log(page)
    .getByRole('option', { name: /order.created/ })
    .click();
  await expect(page.getByRole('button', { name: 'Close message' })).toBeVisible();
  await look(page);
});

test('nothing found', async ({ page, local, user }) => {
  await talk(page, local, user);
  await page.getByRole('searchbox').fill('nothing like this');
  await expect(log(page).getByRole('option')).toHaveCount(0);
  await look(page);
});

test('closed', async ({ page, local, user }) => {
  await talk(page, local, user);
  await page.getByRole('button', { name: 'Disconnect' }).click();
  await expect(status(page)).toContainText('Closed');
  await look(page);
});

/** Lets an attempt hang, with a message that waits for it. */
async function hang(page: Page, local: Local, user: string): Promise<() => void> {
  await neverAgain(page);
  await enter(page, local, user);
  const refuse = await hold(page, local, '**/tickets');
  await connectButton(page).click();
  await send(page, 'for later');
  await expect(log(page)).toContainText('queued');
  return refuse;
}

test('connecting', async ({ page, local, user }) => {
  await hang(page, local, user);
  await expect(status(page)).toContainText('Connecting');
  await look(page);
});

test('waiting', async ({ page, local, user }) => {
  const refuse = await hang(page, local, user);
  refuse();
  await expect(status(page)).toContainText('Waiting');
  await look(page);
});

test('offline', async ({ page, local, user }) => {
  const refuse = await hang(page, local, user);
  refuse();
  await expect(status(page)).toContainText('Waiting');
  await page.context().setOffline(true);
  await expect(page.getByTestId('countdown')).toContainText('There is no network');
  await look(page);
});

test('expired', async ({ page, local, user }) => {
  await storeUser(page, local, await userOf(local, user, -3600));
  await expect(page.getByRole('alert')).toContainText('Your sign-in has expired');
  await look(page);
});

test('refused a ticket', async ({ page, local, user }) => {
  const token = await local.token(user, { audience: 'other' });
  await storeUser(page, local, await userOf(local, user, 3600, token));
  await connectButton(page).click();
  await expect(status(page)).toContainText('Refused: token audience');
  await look(page);
});

test('error message', async ({ page, local, user }) => {
  await enter(page, local, user);
  await connect(page);
  await send(page, '{"action":"refresh"}');
  await expect(log(page)).toContainText('refresh_malformed');
  await send(page, JSON.stringify({ action: 'refresh', token: await local.token(user) }));
  await expect(log(page)).toContainText('refreshed');
  await log(page)
    .getByRole('option', { name: /refresh_malformed/ })
    .click();
  await expect(page.getByRole('button', { name: 'Close message' })).toBeVisible();
  await look(page);
});

test('ended by the server', async ({ page, local, user }) => {
  await neverAgain(page);
  await enter(page, local, user);
  const id = await connect(page);
  await local.disconnect({ connection: id }, 'The service moves at noon. Connect again in five minutes.');
  await expect(status(page)).toContainText('Ended: disconnected');
  await expect(page.getByRole('region', { name: 'Connection' })).toContainText('ended by the operator');
  await look(page);
});

test('token expired', async ({ page, local, user }) => {
  await neverAgain(page);
  await page.routeWebSocket(/\/live$/, (socket) => {
    socket.onMessage(() => {
      socket.send('{"type":"closing","data":{"code":"token_expired","message":"The token has expired."}}');
      void socket.close({ code: 1000 });
    });
  });
  await enter(page, local, user);
  await connectButton(page).click();
  await expect(status(page)).toContainText('Ended: token expired');
  await expect(page.getByRole('region', { name: 'Connection' })).toContainText('Sign in again, or refresh');
  await look(page);
});

/** Connects and opens the dialog for signing out. */
async function leave(page: Page, local: Local, user: string): Promise<void> {
  await enter(page, local, user);
  await connect(page);
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(signOutDialog(page)).toBeVisible();
}

test('sign out', async ({ page, local, user }) => {
  await leave(page, local, user);
  await look(page);
});

test('sign out busy', async ({ page, local, user }) => {
  await leave(page, local, user);
  await hold(page, local, '**/connections');
  await signOutDialog(page).getByRole('button', { name: 'Sign out everywhere' }).click();
  await expect(signOutDialog(page).getByRole('status')).toHaveText('Ending your connections…');
  await look(page);
});

test('sign out failed', async ({ page, local, user }) => {
  await leave(page, local, user);
  const refuse = await hold(page, local, '**/connections');
  refuse();
  await signOutDialog(page).getByRole('button', { name: 'Sign out everywhere' }).click();
  await expect(signOutDialog(page).getByRole('alert')).toContainText('You are still signed in.');
  await look(page);
});
