import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from '@playwright/test';
import { browserErrors, connect, entries, log, send, signIn, signOut } from './console-page';
import { expect, test } from './fixtures';
import { handshake } from './local';

// The local run with page, socket and HTTP API at one port (-one-domain), in a real browser.

test('a user signs in, sends, chats and signs out at one address', async ({ page, start, user }) => {
  const local = await start('-one-domain');
  const { siteUrl, websocketUrl, httpUrl, connectionsUrl, issuer } = local.outputs;
  expect([httpUrl, websocketUrl]).toEqual([siteUrl, `${siteUrl.replace('http', 'ws')}/live`]);
  const errors = browserErrors(page);
  const hosts = new Set<string>();
  page.on('request', (request) => hosts.add(new URL(request.url()).host));
  page.on('websocket', (socket) => hosts.add(new URL(socket.url()).host));
  const policy = (await page.goto(siteUrl))?.headers()['content-security-policy'];
  expect(policy).toContain(`connect-src 'self' ${issuer};`);

  await signIn(page, local, user);
  await connect(page);
  await send(page, 'hello');
  await expect(entries(page, /Received echo/)).toBeVisible();
  await page.getByRole('tab', { name: 'Channels' }).click();
  await page.getByRole('combobox', { name: 'Channel' }).fill(`chat:${user}`);
  await page.keyboard.press('Enter');
  await page.getByRole('textbox', { name: `Message to chat:${user}` }).fill('hi');
  await page.keyboard.press('Control+Enter');
  await expect(
    log(page)
      .getByRole('listitem')
      .filter({ hasText: `${user} (you)hi` }),
  ).toBeVisible();
  await signOut(page, 'everywhere');
  await expect.poll(() => local.rows(user)).toEqual([]);
  expect([...hosts].sort(), 'hosts of all requests').toEqual([siteUrl, issuer].map((url) => new URL(url).host).sort());
  expect(errors).toEqual([]);

  const token = await local.token(user);
  expect((await handshake(websocketUrl, token, { origin: siteUrl })).status).toBe(101);
  const refused = await handshake(connectionsUrl, token, { origin: siteUrl });
  expect(refused.status, 'the address of the API itself').toBe(403);
});

/** Connects with a plain WebSocket, as a client library does, and returns the answer to whoami or the close code. */
function plainSocket(page: Page, url: string): Promise<string> {
  return page.evaluate(
    (address) =>
      new Promise<string>((done) => {
        const socket = new WebSocket(address);
        socket.onopen = () => socket.send('{"action":"whoami"}');
        socket.onmessage = ({ data }) => {
          done(String(data));
          socket.close();
        };
        socket.onclose = ({ code }) => done(`closed ${code}`);
      }),
    url,
  );
}

const servers: Server[] = [];
const received: string[] = [];

/** Serves an empty page at a free port, and collects the cookies of WebSocket handshakes in received. */
async function otherPort(): Promise<string> {
  const server = createServer((_, answer) => void answer.end());
  server.on('upgrade', ({ headers }, socket) => {
    received.push(String(headers.cookie));
    socket.destroy();
  });
  servers.push(server);
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

test.afterAll(() => {
  for (const server of servers) server.close();
});

test('a page connects with the session cookie, and a page of another port cannot', async ({ page, start, user }) => {
  const local = await start('-one-domain');
  const { siteUrl, websocketUrl } = local.outputs;
  const request = (method: string, path: string, headers: Record<string, string>) =>
    page.evaluate(async ([to, init]) => (await fetch(to, init)).status, [path, { method, headers }] as const);
  const cookies = () => page.context().cookies(siteUrl.replace('http', 'https'));
  await page.goto(siteUrl);
  expect(await plainSocket(page, websocketUrl), 'without the cookie').toBe('closed 1006');
  expect(await request('POST', '/session', { authorization: `Bearer ${await local.token(user)}` })).toBe(201);
  expect(await cookies()).toMatchObject([{ name: '__Host-session', httpOnly: true, secure: true, sameSite: 'Strict' }]);
  expect(await page.evaluate(() => document.cookie), 'cookies that a script can read').toBe('');
  expect(await plainSocket(page, websocketUrl)).toContain(`"user":"${user}"`);
  expect(await request('POST', '/tickets', {}), 'a ticket without X-CSRF').toBe(403);
  expect(await request('POST', '/tickets', { 'x-csrf': '1' }), 'a ticket with X-CSRF').toBe(201);

  // Another port of the same host is the same site, so Chromium sends the cookie. Only the Origin differs.
  const foreign = await page.context().newPage();
  await foreign.goto(await otherPort());
  await plainSocket(foreign, await otherPort());
  expect(received.join(), 'cookies of a socket to another port').toContain('__Host-session=');
  expect(await plainSocket(foreign, websocketUrl), 'a page of another port').toBe('closed 1006');
  await expect.poll(() => local.log).toContain('origin_not_allowed');

  expect(await request('DELETE', '/session', {}), 'without X-CSRF').toBe(403);
  expect(await request('DELETE', '/session', { 'x-csrf': '1' })).toBe(204);
  expect(await cookies()).toEqual([]);
  expect(await plainSocket(page, websocketUrl), 'after signing out').toBe('closed 1006');
});
