import {
  browserErrors,
  connect,
  entries,
  handshakes,
  log,
  openSignedIn,
  signIn,
  signOut,
  status,
  storedUser,
} from './console-page';
import { expect, test } from './fixtures';
import { handshake } from './local';

// Tickets, disconnections and signing out, on the page.

test('the handshake contains a ticket and no token, and the ticket is accepted once', async ({ page, local, user }) => {
  const errors = browserErrors(page);
  const sent = await handshakes(page);
  await openSignedIn(page, local, user);
  const token = String((await storedUser(page, local)).access_token);
  await connect(page);
  await expect(page.getByTestId('credential')).toHaveText('single-use ticket');
  await page.getByRole('button', { name: 'Disconnect' }).click();
  await connect(page);

  expect(sent).toHaveLength(2);
  const offered = sent.map((headers) => headers['Sec-WebSocket-Protocol'] ?? '');
  for (const protocols of offered)
    expect(protocols).toMatch(/^sallyport\.v1, ?ticket\.[\w-]{43}, ?trace\.[\da-f]{32}$/);
  expect(offered[0]).not.toBe(offered[1]);
  for (const part of [token, ...token.split('.')]) expect(JSON.stringify(sent)).not.toContain(part);
  for (const protocols of offered) {
    const again = await handshake(local.outputs.websocketUrl, undefined, { protocols, origin: local.outputs.siteUrl });
    expect(again.status, 'the ticket again').toBe(401);
  }
  expect(errors).toEqual([]);
});

test('a command of the backend ends the connection, and the page shows the reason', async ({ page, local, user }) => {
  const errors = browserErrors(page);
  await openSignedIn(page, local, user);
  const id = await connect(page);
  const command = await page
    .locator('.command', { has: page.getByText('End the connection with a reason', { exact: true }) })
    .locator('code')
    .innerText();
  expect(local.shell(command)).toContain('disconnected 1');
  await expect(status(page)).toContainText('1000 Ended: disconnected');
  const panel = page.getByRole('region', { name: 'Connection' });
  await expect(panel).toContainText('The server says: Back at noon.');
  await expect(panel).toContainText('The connection was ended by the operator.');
  await expect(entries(page, /Received closing disconnected: Back at noon\. Connect again/)).toBeVisible();
  await expect.poll(() => local.rows(user)).toEqual([]);
  expect(await connect(page), 'connects again on Connect').not.toBe(id);
  expect(errors).toEqual([]);
});

test('signing out everywhere ends the connection of the other browser, which does not connect again', async ({
  page,
  another,
  local,
  user,
}) => {
  const errors = browserErrors(page);
  const other = await another();
  await signIn(page, local, user);
  await connect(page);
  await openSignedIn(other, local, user);
  await connect(other);
  expect(await local.rows(user)).toHaveLength(2);
  await signOut(page, 'everywhere');
  await expect(other.getByRole('alert')).toContainText('You have signed out everywhere');
  await expect(other.getByRole('button', { name: 'Sign in' }), 'the other browser is signed out').toBeVisible();
  await expect.poll(() => local.rows(user)).toEqual([]);

  // These events make a page try again by itself.
  await other.evaluate(() => {
    for (const name of ['offline', 'online']) dispatchEvent(new Event(name));
    document.dispatchEvent(new Event('visibilitychange'));
  });
  await expect(status(other)).toContainText('Not connected');
  expect(await local.push({ user }, { type: 'event' })).toEqual({ sent: 0, gone: 0, failed: 0 });
  expect(errors).toEqual([]);
});

test('signing out here does not affect the other browser', async ({ page, another, local, user }) => {
  const other = await another();
  await signIn(page, local, user);
  await connect(page);
  await openSignedIn(other, local, user);
  await connect(other);
  await signOut(page, 'here');
  await expect.poll(() => local.push({ user }, { type: 'event', data: 'still here' })).toMatchObject({ sent: 1 });
  await expect(log(other)).toContainText('still here');
});

test('if the other connections cannot be ended, the page shows it and stays signed in', async ({
  page,
  local,
  user,
}) => {
  await signIn(page, local, user);
  await connect(page);
  const out = page.getByRole('button', { name: 'Sign out' });
  const dialog = page.getByRole('dialog', { name: 'Sign out' });
  await page.route('**/connections', (route) => route.abort());
  await out.click();
  await dialog.getByRole('button', { name: 'Sign out everywhere' }).click();
  await expect(dialog.getByRole('alert')).toContainText('You are still signed in.');
  await expect(dialog.getByRole('alert')).toContainText(`${local.outputs.httpUrl} cannot be reached`);
  await expect(dialog.getByRole('button', { name: 'Try again to sign out everywhere' })).toBeFocused();
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await expect(status(page)).toContainText('Open');
  await page.unroute('**/connections');
  await signOut(page, 'everywhere');
});
