import {
  changeUser,
  connect,
  connectionId,
  enter,
  entries,
  send,
  setSocketTimes,
  status,
  userOf,
} from './console-page';
import { expect, test } from './fixtures';

// What becomes of a connection when the gateway or the network is gone, or the
// gateway has had enough of it.

for (const end of ['stop', 'kill'] as const) {
  test(`connects again after the gateway was ended (${end})`, async ({ page, local, user }) => {
    // Fifty attempts are made: so many take minutes.
    await setSocketTimes(page, { firstDelay: 1000, longestDelay: 5000 });
    await enter(page, local, user);
    const first = await connect(page);
    await local[end]();
    await expect(status(page)).toContainText('Waiting');
    await expect(page.getByTestId('countdown')).toContainText(/Attempt \d+ (in|now)/);
    await send(page, 'sent while it was away');
    await expect(entries(page, /queued sent while/)).toBeVisible();

    // Its sign-in will have new keys: what was signed before opens nothing, and the page would be told so. So the
    // next attempt waits until there is something newer, and fails.
    let renewed = () => {};
    const renewal = new Promise<void>((done) => {
      renewed = done;
    });
    await page.route('**/tickets', (route) => renewal.then(() => route.abort()));
    await local.restart();
    await changeUser(page, local, await userOf(local, user));
    await page.unroute('**/tickets');
    renewed();
    await expect(status(page)).toContainText('Open');
    expect(await connectionId(page)).not.toBe(first);
    await expect(entries(page, /Received echo "sent while it was away"/)).toHaveCount(1);
    await expect(entries(page, /queued/)).toHaveCount(0);
  });
}

test('notices that the network is gone, and is back when it is', async ({ page, context, local, user }) => {
  await setSocketTimes(page, { firstDelay: 200, longestDelay: 1000, pong: 500 });
  await enter(page, local, user);
  await connect(page);
  // Chromium keeps open sockets when it is set offline, so the gateway is cut as well.
  await context.setOffline(true);
  await local.kill();
  await expect(page.getByTestId('countdown')).toContainText('There is no network');
  await send(page, 'into the void');
  await local.restart();
  await changeUser(page, local, await userOf(local, user));
  await context.setOffline(false);
  await expect(status(page)).toContainText('Open');
  await expect(entries(page, /Received echo "into the void"/)).toBeVisible();
});

test('goes on after the two-hour limit, here ten seconds', async ({ page, start, user }) => {
  const local = await start('-insecure-connections', '-max-duration', '10s');
  await setSocketTimes(page, { firstDelay: 200, longestDelay: 1000 });
  await enter(page, local, user);
  const first = await connect(page);
  await expect(entries(page, /Closed 1001: Going away/).first()).toBeVisible();
  await expect(status(page)).toContainText('Open');
  await expect(page.getByTestId('connection-id')).not.toHaveText(first);
});
