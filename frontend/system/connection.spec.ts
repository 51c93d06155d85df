import type { Page, WebSocket } from '@playwright/test';
import {
  browserErrors,
  changeUser,
  connect,
  connectionId,
  entries,
  log,
  openSignedIn,
  send,
  setSocketTimes,
  status,
  storeUser,
  userOf,
} from './console-page';
import { expect, test } from './fixtures';
import type { Local } from './local';

// Connections that last for hours. The clock of a page is moved forward, but not that of the server.

const hour = 3600;

/** Opens the page with a clock that a test can move, and with a token that is valid for so many seconds. */
async function openWithClock(page: Page, local: Local, user: string, life: number): Promise<void> {
  await page.clock.install();
  await storeUser(page, local, await userOf(local, user, life));
}

test('replaces a connection without a lost or doubled message', async ({ page, local, user }) => {
  const errors = browserErrors(page);
  await setSocketTimes(page, { renewalSpread: 0, pong: 600_000, handshake: 600_000 });
  await openWithClock(page, local, user, 24 * hour);
  const ids = new Set([await connect(page)]);
  let sent = 0;
  const exchange = async () => {
    sent += 1;
    const [target, text] = sent % 2 ? [{ user }, 'user'] : [{ all: true as const }, 'all'];
    expect(await local.push(target, { type: 'event', data: `${text} ${sent}.` })).toMatchObject({ failed: 0 });
    await send(page, `echo ${sent}.`);
  };
  for (let round = 0; round < 3; round++) {
    const before = await connectionId(page);
    await exchange();
    await page.clock.fastForward('01:50:00');
    do {
      await exchange();
    } while ((await page.getByTestId('connection-id').textContent()) === before);
    ids.add(await connectionId(page));
    await exchange();
  }
  expect(ids.size, 'connections, one after another').toBe(4);
  await expect.poll(() => received(page)).toHaveLength(2 * sent);
  const numbers = Array.from({ length: sent }, (_, at) => at + 1);
  const expected = numbers.flatMap((n) => [`echo ${n}.`, `${n % 2 ? 'user' : 'all'} ${n}.`]).sort();
  expect((await received(page)).sort()).toEqual(expected);
  await page.clock.fastForward('00:00:11');
  await expect.poll(() => local.rows(user), 'one connection is left').toHaveLength(1);
  expect(errors).toEqual([]);
  test.info().annotations.push({ type: 'measured', description: `${sent} pushes and echoes, ${ids.size} connections` });
});

/** Returns the data of all received echoes and events, from the exported log. */
async function received(page: Page): Promise<string[]> {
  const view = page.getByRole('button', { name: 'View', exact: true });
  if ((await view.getAttribute('aria-expanded')) === 'false') await view.click();
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: 'Export' }).click(),
  ]);
  const stream = await download.createReadStream();
  let text = '';
  for await (const chunk of stream) text += chunk;
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
    .filter(({ direction, type }) => direction === 'received' && (type === 'echo' || type === 'event'))
    .map((entry) => JSON.parse(entry.text).data);
}

test('extends a connection with a new token before the old one expires', async ({ page, local, user }) => {
  await openWithClock(page, local, user, hour);
  const first = await connect(page);
  await expect(page.getByTestId('token-expires')).toContainText('in 59 min');
  await changeUser(page, local, await userOf(local, user, 3 * hour));
  await page.clock.fastForward('00:59:30');
  await expect(entries(page, /Received refreshed/)).toBeVisible();
  await expect(page.getByTestId('token-expires')).toContainText('in 2 h');
  await expect(page.getByTestId('connection-id')).toHaveText(first);
  await expect(entries(page, /Sent refresh.*"token":"…"/)).toBeVisible();
  await send(page, '{"action":"whoami"}');
  await expect(entries(page, /Received whoami/)).toHaveCount(2);
  await expect(page.getByTestId('token-expires'), 'the expiry on the server').toContainText('in 2 h');
});

test('replaces a connection if the server refuses to extend it', async ({ page, local, user }) => {
  await openWithClock(page, local, user, hour);
  const first = await connect(page);
  // The token of another user opens a connection, but cannot extend that of the first user.
  const other = `${user}-other`;
  await changeUser(page, local, await userOf(local, other, 3 * hour));
  await page.clock.fastForward('00:59:30');
  await expect(entries(page, /refresh_other_user: The new token belongs to another user\. Close/)).toBeVisible();
  await expect(entries(page, /A new connection replaced/)).toBeVisible();
  await expect(page.getByTestId('connection-id')).not.toHaveText(first);
  await expect(page.getByTestId('user')).toHaveText(other);
});

test('the server ends a connection whose token has expired, and the page connects again with a new one', async ({
  page,
  local,
  user,
}) => {
  await setSocketTimes(page, { firstDelay: 200, longestDelay: 1000 });
  await openSignedIn(page, local, user);
  const answered = new Set<WebSocket>();
  page.on('websocket', (socket) => socket.on('framereceived', () => answered.add(socket)));
  // The token of the first connection expires in 8 s, because the server tolerates 30 s. If it expires on the way, the
  // handler requests another one.
  await page.route('**/tickets', async (route) => {
    if (answered.size > 0) return route.continue();
    for (;;) {
      const old = await local.token(user, { expiresIn: -22 });
      const response = await route.fetch({ headers: { ...route.request().headers(), authorization: `Bearer ${old}` } });
      if (response.ok()) return route.fulfill({ response });
    }
  });
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await expect.poll(() => answered.size).toBeGreaterThan(0);
  await expect(async () => {
    await send(page, 'still there?');
    await expect(entries(page, /Closed 1000: Ended: token expired/)).toBeVisible({ timeout: 500 });
  }).toPass();
  await expect(entries(page, /Received closing token_expired: The token has expired/)).toBeVisible();
  await expect.poll(() => answered.size).toBeGreaterThan(1);
  await expect(status(page)).toContainText('Open');
  await expect(page.getByTestId('token-expires')).toContainText('in 59 min');
});

test('two tabs are two connections of one user', async ({ page, context, local, user }) => {
  await openSignedIn(page, local, user);
  const first = await connect(page);
  const other = await context.newPage();
  await openSignedIn(other, local, user);
  const second = await connect(other);
  expect(second).not.toBe(first);
  expect(await local.push({ user }, { type: 'event', data: 'to both' })).toEqual({ sent: 2, gone: 0, failed: 0 });
  await local.post(second, '{"type":"event","data":"to the second"}');
  await expect(log(page)).toContainText('to both');
  await expect(log(other)).toContainText('to the second');
  await expect(log(page)).not.toContainText('to the second');
  await other.getByRole('button', { name: 'Disconnect' }).click();
  await send(page, 'still here');
  await expect(entries(page, /Received echo "still here"/)).toBeVisible();
});

test('a connection that cannot be renewed demands a new sign-in', async ({ page, local, user }) => {
  await openWithClock(page, local, user, hour);
  await connect(page);
  const session = page.getByTestId('session');
  await expect(session, 'there is no refresh token').toHaveText(/^Session ends in 59 min$/);
  await page.clock.fastForward('00:58:15');
  await expect(session).toHaveText(/^Session ends in 1 min \d+ s$/);
  await page.clock.fastForward('00:01:00');
  await expect(session).toHaveText(/^Session cannot be renewed, ends in \d+ s$/);
  await expect(status(page)).toContainText('but the session cannot be renewed');
  await page.clock.fastForward('00:02:00');
  await expect(session).toHaveText('Session is over');
  await expect(status(page)).toContainText('Open but the session is over');
  await page.getByRole('button', { name: 'Sign in again' }).click();
  await page.waitForURL(`${local.outputs.issuer}/**`);
});
