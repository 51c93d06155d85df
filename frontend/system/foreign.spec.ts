import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from '@playwright/test';
import { connect, log, send, signIn } from './console-page';
import { expect, test } from './fixtures';
import { handshake, type Local } from './local';

// Cross-site WebSocket hijacking in a real browser: a page of another origin tries to connect with stolen credentials of a
// user who uses the console in the same browser.

let foreign: Server;
let foreignUrl: string;

test.beforeAll(async () => {
  foreign = createServer((_, answer) => {
    answer.setHeader('content-type', 'text/html');
    answer.end('<!doctype html><title>You have won</title><h1>Click here</h1>');
  });
  await new Promise<void>((done) => foreign.listen(0, '127.0.0.1', done));
  foreignUrl = `http://127.0.0.1:${(foreign.address() as AddressInfo).port}`;
});

test.afterAll(() => void foreign?.close());

/** The outcome of an attempt: "open", or the refusal as the page sees it. */
type Outcome = string;

/** Tries to connect from the page's origin. */
const trySocket = (page: Page, local: Local, protocols: string[], query = ''): Promise<Outcome> =>
  page.evaluate(
    ([url, list]) =>
      new Promise<string>((done) => {
        const socket = new WebSocket(url, list);
        socket.onopen = () => {
          socket.close();
          done('open');
        };
        socket.onclose = ({ code }) => done(`closed ${code}`);
      }),
    [local.outputs.websocketUrl + query, protocols] as const,
  );

/** Tries to connect from a sandboxed frame, whose origin is "null". */
const trySandboxed = (page: Page, local: Local, protocols: string[]): Promise<Outcome> =>
  page.evaluate(
    ([url, list]) =>
      new Promise<string>((done) => {
        addEventListener('message', ({ data }) => done(data), { once: true });
        const frame = document.createElement('iframe');
        frame.sandbox.add('allow-scripts');
        const tell = 'm => parent.postMessage(m, "*")';
        frame.srcdoc = `<script>const tell = ${tell}; const s = new WebSocket(${JSON.stringify(url)}, ${JSON.stringify(list)});
          s.onopen = () => tell('open'); s.onclose = e => tell('closed ' + e.code)</${'script'}>`;
        document.body.append(frame);
      }),
    [local.outputs.websocketUrl, protocols] as const,
  );

/** Sends a request from the page's origin. It returns the status if the page may read it. */
const tryFetch = (page: Page, method: string, url: string, init: RequestInit): Promise<Outcome> =>
  page.evaluate(
    ([address, options]) =>
      fetch(address, options as RequestInit).then(
        ({ status, type }) => `${type} ${status}`,
        (error: unknown) => `failed: ${(error as Error).name}`,
      ),
    [url, { method, ...init }] as const,
  );

test('a foreign page cannot connect with stolen credentials', async ({ page, context, local, user }) => {
  await signIn(page, local, user);
  await connect(page);
  const evil = await context.newPage();
  await evil.goto(foreignUrl);
  const token = await local.token(user);
  const ticket = () => local.ticket(token);
  const authorization = `Bearer ${token}`;
  const [tickets, connections] = [`${local.outputs.httpUrl}/tickets`, `${local.outputs.httpUrl}/connections`];

  const spent = await ticket();
  const attempts: [string, () => Promise<Outcome>][] = [
    ['the socket with a stolen ticket', () => trySocket(evil, local, ['sallyport.v1', `ticket.${spent}`])],
    ['the socket with a stolen bearer token', () => trySocket(evil, local, ['sallyport.v1', `bearer.${token}`])],
    ['the socket with the token in the query', () => trySocket(evil, local, ['sallyport.v1'], `?token=${token}`)],
    ['the socket with the cookies only', () => trySocket(evil, local, ['sallyport.v1'])],
    ['the socket without a subprotocol', () => trySocket(evil, local, [])],
    [
      'a frame without an origin, with a ticket',
      async () => trySandboxed(evil, local, ['sallyport.v1', `ticket.${await ticket()}`]),
    ],
    [
      'a frame without an origin, with a bearer token',
      () => trySandboxed(evil, local, ['sallyport.v1', `bearer.${token}`]),
    ],
    ['POST /tickets with a stolen token', () => tryFetch(evil, 'POST', tickets, { headers: { authorization } })],
    ['POST /tickets with the cookies', () => tryFetch(evil, 'POST', tickets, { credentials: 'include' })],
    [
      'POST /tickets without reading the answer',
      () => tryFetch(evil, 'POST', tickets, { mode: 'no-cors', credentials: 'include' }),
    ],
    [
      'DELETE /connections with a stolen token',
      () => tryFetch(evil, 'DELETE', connections, { headers: { authorization } }),
    ],
  ];
  const refusals = () => local.log.split('\n').filter((line) => line.includes('origin_not_allowed')).length;
  const before = refusals();
  const outcomes: [string, Outcome][] = [];
  for (const [name, attempt] of attempts) outcomes.push([name, await attempt()]);

  const refused = outcomes.filter(([, outcome]) => /^closed 1006$|^failed: TypeError$|^opaque 0$/.test(outcome));
  const report = outcomes.map(([name, outcome]) => `  ${name}: ${outcome}\n`).join('');
  process.stdout.write(`${report}  foreign page: ${outcomes.length} attempted, ${refused.length} refused\n`);
  expect(refused).toEqual(outcomes);

  // The function's log has the reasons. The gateway itself refuses the attempt without a subprotocol.
  await expect.poll(() => refusals() - before, 'refusals because of the origin in the log').toBe(attempts.length - 1);

  const good = { protocols: `sallyport.v1, ticket.${await ticket()}`, origin: local.outputs.siteUrl };
  expect(
    (await handshake(local.outputs.websocketUrl, undefined, good)).status,
    'control: the allowed origin is accepted',
  ).toBe(101);

  // The connection of the user is not affected.
  await send(page, 'still mine');
  await expect(log(page).getByText('still mine')).toHaveCount(2);
  expect(await local.rows(user)).toHaveLength(1);
});

test('a foreign page cannot push or disconnect by the inspector', async ({ page, context, local, user }) => {
  await signIn(page, local, user);
  await connect(page);
  const evil = await context.newPage();
  await evil.goto(foreignUrl);
  const { siteUrl } = local.outputs;
  const push = JSON.stringify({ push: { target: { all: true }, message: 'from a foreign page' } });
  const end = JSON.stringify({ disconnect: { target: { all: true }, reason: 'from a foreign page' } });
  const commands = `${siteUrl}/inspector/commands`;
  const headers = { 'content-type': 'application/json' };
  const attempts: [string, () => Promise<Outcome>][] = [
    ['a push as JSON', () => tryFetch(evil, 'POST', commands, { headers, body: push })],
    [
      'a push as text, without reading the answer',
      () => tryFetch(evil, 'POST', commands, { mode: 'no-cors', body: push }),
    ],
    ['a disconnect as text', () => tryFetch(evil, 'POST', commands, { mode: 'no-cors', body: end })],
    [
      'an action as text',
      () => tryFetch(evil, 'POST', `${siteUrl}/inspector/actions/kill`, { mode: 'no-cors', body: '{}' }),
    ],
    ['the counts', () => tryFetch(evil, 'GET', `${siteUrl}/inspector/counts`, {})],
    ['the events', () => tryFetch(evil, 'GET', `${siteUrl}/inspector/state`, {})],
    ['the command by the Lambda API', () => tryFetch(evil, 'POST', lambdaUrl(local), { mode: 'no-cors', body: push })],
  ];
  const outcomes: [string, Outcome][] = [];
  for (const [name, attempt] of attempts) outcomes.push([name, await attempt()]);
  // The page may not read any answer, and none of the orders was carried out.
  expect(outcomes.filter(([, outcome]) => !/^failed: TypeError$|^opaque 0$/.test(outcome))).toEqual([]);
  // A form needs no preflight. Its answer is a page of the site's origin.
  await evil.evaluate(
    ([action, text]) => {
      const form = document.createElement('form');
      Object.assign(form, { action, method: 'POST', enctype: 'text/plain' });
      const field = document.createElement('input');
      Object.assign(field, { name: text.slice(0, -1), value: text.slice(-1) });
      form.append(field);
      document.body.append(form);
      form.submit();
    },
    [commands, push] as const,
  );
  await expect(evil.locator('body')).toContainText("Only the site's own page may use the inspector.");

  // Control: the page itself may, and it is the first message that arrives.
  const own = await tryFetch(page, 'POST', commands, { headers, body: push.replace('a foreign page', 'the own page') });
  expect(own).toBe('basic 200');
  await expect(log(page).getByText('from the own page')).toHaveCount(1);
  await expect(log(page).getByText('from a foreign page')).toHaveCount(0);
});

/** The address of the Lambda API for the function. */
const lambdaUrl = ({ outputs: { connectionsUrl, functionName } }: Local): string =>
  new URL(`/2015-03-31/functions/${functionName}/invocations`, connectionsUrl).href;

test('a foreign page cannot sign the user out with a link', async ({ page, context, local, user }) => {
  await signIn(page, local, user);
  const evil = await context.newPage();
  await evil.goto(foreignUrl);
  const signedOut = `${local.outputs.issuer}/session/end?client_id=console&post_logout_redirect_uri=${local.outputs.siteUrl}/`;
  await evil.evaluate((href) => location.assign(href), signedOut);
  await expect(evil.getByRole('heading', { name: 'Sign out?' })).toBeVisible();
  await expect(evil.getByText(`A page asks to sign out ${user}.`)).toBeVisible();
  await evil.getByRole('link', { name: 'Stay signed in' }).click();
  // The session at the issuer continues: another tab signs in without the name.
  await evil.getByRole('button', { name: 'Sign in' }).click();
  await expect(evil.getByRole('button', { name: 'Sign out' })).toBeVisible();

  // If the user confirms, the session ends.
  const last = await context.newPage();
  await last.goto(signedOut);
  await last.getByRole('button', { name: 'Sign out' }).click();
  await last.getByRole('button', { name: 'Sign in' }).click();
  await expect(last.getByRole('textbox', { name: 'Name' })).toBeVisible();
});

test('control: the same attempts from the page itself succeed', async ({ page, local, user }) => {
  await page.goto(local.outputs.siteUrl);
  const token = await local.token(user);
  expect(await trySocket(page, local, ['sallyport.v1', `ticket.${await local.ticket(token)}`])).toBe('open');
  expect(await trySocket(page, local, ['sallyport.v1', `bearer.${token}`])).toBe('open');
  const authorization = `Bearer ${token}`;
  const [tickets, connections] = [`${local.outputs.httpUrl}/tickets`, `${local.outputs.httpUrl}/connections`];
  expect(await tryFetch(page, 'POST', tickets, { headers: { authorization } })).toBe('cors 201');
  expect(await tryFetch(page, 'DELETE', connections, { headers: { authorization } })).toBe('cors 200');
});
