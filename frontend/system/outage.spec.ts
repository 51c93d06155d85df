import {
  changeUser,
  connect,
  connectionId,
  entries,
  openSignedIn,
  send,
  setSocketTimes,
  status,
  userOf,
} from './console-page';
import { expect, test } from './fixtures';

// The gateway or the network fails, or the gateway ends a connection because of its age.

for (const end of ['stop', 'kill'] as const) {
  test(`connects again after the gateway has ended (${end})`, async ({ page, local, user }) => {
    // The fifty attempts take minutes with these delays.
    await setSocketTimes(page, { firstDelay: 1000, longestDelay: 5000 });
    await openSignedIn(page, local, user);
    const first = await connect(page);
    await local[end]();
    await expect(status(page)).toContainText('Reconnecting');
    await expect(page.getByTestId('countdown')).toContainText(/^(Next try in \d+ s|Trying now), attempt \d+/);
    // The same failure again and again is one row.
    await expect(entries(page, /Server unreachable.*\(\d+ times\)/)).toHaveCount(1);
    await expect(page.getByText('no attempt was made')).toHaveCount(0);
    await send(page, 'sent while it was away');
    await expect(entries(page, /queued sent while/)).toBeVisible();

    // The sign-in will have new keys, so the old token would be refused, which is final. So the next attempt is held until
    // there is a new token, and then it fails.
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

test('connects again when the network is back', async ({ page, context, local, user }) => {
  await setSocketTimes(page, { firstDelay: 200, longestDelay: 1000 });
  await openSignedIn(page, local, user);
  await connect(page);
  // Chromium keeps open sockets when it is set offline, so the gateway is killed, too.
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

test('connects again after the age limit, which is ten seconds here', async ({ page, start, user }) => {
  const local = await start('-insecure-connections', '-max-duration', '10s');
  await setSocketTimes(page, { firstDelay: 200, longestDelay: 1000 });
  await openSignedIn(page, local, user);
  const first = await connect(page);
  await expect(entries(page, /Closed 1001: Going away/).first()).toBeVisible();
  await expect(status(page)).toContainText('Open');
  await expect(page.getByTestId('connection-id')).not.toHaveText(first);
});
