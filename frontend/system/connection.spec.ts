import { expect, type Page, test } from '@playwright/test';
import {
  changeUser,
  complaints,
  connect,
  connectionId,
  log,
  send,
  setSocketTimes,
  signIn,
  status,
  storedUser,
} from './console-page';
import { Local } from './local';

// What becomes of a connection when the network, the server or time is
// against it. Runs of its own, because some tests end them.

let local: Local;

test.beforeEach(async () => {
  test.setTimeout(120_000);
  local = await Local.start('-insecure-connections');
});

test.afterEach(() => local.stop());

const quick = { firstDelay: 200, longestDelay: 1000 };

const entries = (page: Page, name: string | RegExp) => log(page).getByRole('option', { name });

for (const end of ['stop', 'kill'] as const) {
  test(`connects again after the gateway was ended (${end})`, async ({ page }) => {
    await setSocketTimes(page, quick);
    await signIn(page, local, 'alice');
    const user = await storedUser(page, local);
    const first = await connect(page);
    const addresses = local.sameAddresses();
    await local[end]();
    await expect(status(page)).toContainText('Waiting');
    await expect(page.getByTestId('countdown')).toContainText(/Attempt \d+ (in|now)/);
    await send(page, 'sent while it was away');
    await expect(entries(page, /queued sent while/)).toBeVisible();

    // Its sign-in will have new keys: what was signed before opens nothing, and the page would be told so.
    await page.route('**/tickets', (route) => route.abort());
    local = await Local.start('-insecure-connections', ...addresses);
    await changeUser(page, local, { ...user, access_token: await local.token('alice') });
    await page.unroute('**/tickets');
    await expect(status(page)).toContainText('Open', { timeout: 20_000 });
    expect(await connectionId(page)).not.toBe(first);
    await expect(entries(page, /Received echo "sent while it was away"/)).toHaveCount(1);
    await expect(entries(page, /queued/)).toHaveCount(0);
  });
}

test('replaces a connection without losing or doubling a message', async ({ page }) => {
  const wrong = complaints(page);
  await setSocketTimes(page, { renewal: 2000, renewalSpread: 0, overlap: 1000 });
  await signIn(page, local, 'alice');
  const ids = new Set([await connect(page)]);
  let sent = 0;
  const end = Date.now() + 9000;
  while (Date.now() < end) {
    sent += 1;
    const [target, text] = sent % 2 ? [{ user: 'alice' }, 'user'] : [{ all: true as const }, 'all'];
    expect(await local.push(target as { user: string }, { type: 'event', data: `${text} ${sent}.` })).toMatchObject({
      failed: 0,
    });
    await send(page, `echo ${sent}.`);
    ids.add((await page.getByTestId('connection-id').textContent()) ?? '');
  }
  expect(ids.size, 'connections, one after another').toBeGreaterThan(3);
  await expect.poll(() => received(page)).toHaveLength(2 * sent);
  const numbers = Array.from({ length: sent }, (_, at) => at + 1);
  const expected = numbers.flatMap((n) => [`echo ${n}.`, `${n % 2 ? 'user' : 'all'} ${n}.`]).sort();
  expect((await received(page)).sort()).toEqual(expected);
  await expect.poll(() => local.rows().length, 'one connection is left, or two that overlap').toBeLessThanOrEqual(2);
  expect(wrong).toEqual([]);
  test.info().annotations.push({ type: 'measured', description: `${sent} pushes and echoes, ${ids.size} connections` });
});

/** Every echo and event that the page has received, by its data, from the exported log. */
async function received(page: Page): Promise<string[]> {
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

test('extends a connection before its token expires, with a fresh one', async ({ page }) => {
  await signIn(page, local, 'alice');
  const user = await storedUser(page, local);
  const short = await local.token('alice', { expiresIn: 8 });
  await changeUser(page, local, { ...user, access_token: short, refresh_token: undefined });
  const first = await connect(page);
  await changeUser(page, local, { ...user, access_token: await local.token('alice') });
  await expect(entries(page, /Received refreshed/)).toBeVisible({ timeout: 20_000 });
  await expect(page.getByTestId('token-expires')).toContainText('in 59 min');
  await expect(page.getByTestId('connection-id')).toHaveText(first);
  await expect(entries(page, /Sent refresh.*"token":"…"/)).toBeVisible();
  await send(page, '{"action":"whoami"}');
  await expect(entries(page, /Received whoami/)).toHaveCount(2);
  await expect(page.getByTestId('token-expires'), 'what the server says').toContainText('in 59 min');
});

test('replaces it where that is refused', async ({ page }) => {
  await signIn(page, local, 'alice');
  const user = await storedUser(page, local);
  const short = await local.token('alice', { expiresIn: 8 });
  await changeUser(page, local, { ...user, access_token: short, refresh_token: undefined });
  const first = await connect(page);
  // Somebody else has signed in meanwhile: that token opens a connection, but extends none of alice's.
  await changeUser(page, local, { ...user, access_token: await local.token('bob'), refresh_token: undefined });
  await expect(entries(page, /refresh_other_user: The new token belongs to another user\. Close/)).toBeVisible({
    timeout: 20_000,
  });
  await expect(entries(page, /A fresh connection/)).toBeVisible();
  await expect(page.getByTestId('connection-id')).not.toHaveText(first);
  await expect(page.getByTestId('user')).toHaveText('bob');
});

test('is ended when its token has expired, and comes back with a fresh one', async ({ page }) => {
  await setSocketTimes(page, quick);
  await signIn(page, local, 'alice');
  // Its first ticket is for a token that is all but too old for the server, whose clock may be 30 s off.
  const old = await local.token('alice', { expiresIn: -25 });
  await page.route(
    '**/tickets',
    (route) => route.continue({ headers: { ...route.request().headers(), authorization: `Bearer ${old}` } }),
    { times: 1 },
  );
  const first = await connect(page);
  await expect(async () => {
    await send(page, 'still there?');
    await expect(entries(page, /Closed 1000: Ended: token expired/)).toBeVisible({ timeout: 500 });
  }).toPass({ timeout: 20_000 });
  await expect(entries(page, /Received closing token_expired: The token has expired/)).toBeVisible();
  await expect(status(page)).toContainText('Open');
  await expect(page.getByTestId('connection-id')).not.toHaveText(first);
  await expect(page.getByTestId('token-expires')).toContainText('in 59 min');
});

test('goes on after the two-hour limit, here three seconds', async ({ page }) => {
  await local.stop();
  local = await Local.start('-insecure-connections', '-max-duration', '3s');
  await setSocketTimes(page, quick);
  await signIn(page, local, 'alice');
  const first = await connect(page);
  await expect(entries(page, /Closed 1001: Going away/)).toBeVisible({ timeout: 15_000 });
  await expect(status(page)).toContainText('Open');
  await expect(page.getByTestId('connection-id')).not.toHaveText(first);
});

test('notices that the network is gone, and is back when it is', async ({ page, context }) => {
  await setSocketTimes(page, { ...quick, pong: 500 });
  await signIn(page, local, 'alice');
  await connect(page);
  // Chromium keeps open sockets when it is set offline, so the gateway is cut as well.
  await context.setOffline(true);
  const addresses = local.sameAddresses();
  const user = await storedUser(page, local);
  await local.kill();
  await expect(page.getByTestId('countdown')).toContainText('There is no network');
  await send(page, 'into the void');
  local = await Local.start('-insecure-connections', ...addresses);
  await changeUser(page, local, { ...user, access_token: await local.token('alice') });
  await context.setOffline(false);
  await expect(status(page)).toContainText('Open');
  await expect(entries(page, /Received echo "into the void"/)).toBeVisible();
});

test('two tabs are two connections of one user', async ({ page, context }) => {
  await signIn(page, local, 'alice');
  const first = await connect(page);
  const other = await context.newPage();
  await other.goto(local.outputs.siteUrl);
  await other.getByRole('button', { name: 'Sign in' }).click(); // the sign-in service knows alice by now
  await expect(other.getByRole('button', { name: 'Sign out' })).toBeVisible();
  const second = await connect(other);
  expect(second).not.toBe(first);
  expect(await local.push({ user: 'alice' }, { type: 'event', data: 'to both' })).toEqual({
    sent: 2,
    gone: 0,
    failed: 0,
  });
  await local.post(second, '{"type":"event","data":"to the second"}');
  await expect(log(page)).toContainText('to both');
  await expect(log(other)).toContainText('to the second');
  await expect(log(page)).not.toContainText('to the second');
  await other.getByRole('button', { name: 'Disconnect' }).click();
  await send(page, 'still here');
  await expect(entries(page, /Received echo "still here"/)).toBeVisible();
});
