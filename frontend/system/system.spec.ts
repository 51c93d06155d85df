import { join } from 'node:path';
import type { Page } from '@playwright/test';
import {
  browserErrors,
  connect,
  entries,
  log,
  openSignedIn,
  send,
  signIn,
  storedUser,
  storeUser,
} from './console-page';
import { expect, test } from './fixtures';
import { handshake, Local, root, runs } from './local';

// The steps of a user, and of an operator with the scripts. These tests have their own local run, because it verifies the
// signatures of the scripts, and because the last test ends it.

let local: Local;
const tokens: string[] = []; // all tokens of these tests

test.describe.configure({ mode: 'serial' });

test.beforeAll(async () => {
  local = await Local.start();
});

test.afterAll(() => local?.stop());

/** Opens the page with a signed-in user, or signs in with `open`, and records the token. */
async function openAs(page: Page, user: string, open = openSignedIn) {
  await open(page, local, user);
  tokens.push(String((await storedUser(page, local)).access_token));
}

test('sign in, connect, echo, push, disconnect', async ({ page }) => {
  const errors = browserErrors(page);
  await openAs(page, 'alice', signIn);
  const id = await connect(page);
  await send(page, '{"hello": "sallyport"}');
  await expect(log(page)).toContainText('echo');
  await expect(log(page).getByText('sallyport')).toHaveCount(2); // sent and echoed

  const one = join(root, 'scripts/messages/1-log.json');
  for (const target of [['--connection', id], ['--all']]) {
    await page.getByRole('button', { name: 'Clear', exact: true }).click();
    expect(await local.script('send.sh', ...target, one), `send.sh ${target.join(' ')}`).toContain('sent 1');
    await expect(log(page)).toContainText('Job 42 was accepted.');
  }

  expect(await local.rows('alice')).toHaveLength(1);
  await page.getByRole('button', { name: 'Disconnect' }).click();
  await expect(page.getByRole('status')).toContainText('Closed');
  await expect.poll(() => local.rows('alice')).toEqual([]);
  await expect(local.script('send.sh', '--connection', id)).rejects.toThrow('is gone');
  await expect(local.script('send.sh', '--user', 'alice', one)).rejects.toThrow(
    'no user with the name alice is connected',
  );
  expect(errors, 'console errors and CSP violations').toEqual([]);
});

test('the commands on the page work', async ({ page }) => {
  await openAs(page, 'alice');
  await connect(page);
  const command = (title: string) =>
    page
      .locator('.command', { has: page.getByText(title, { exact: true }) })
      .locator('code')
      .innerText();
  expect(local.shell(await command('Send the samples to this user')).match(/sent 1/g)).toHaveLength(3);
  await expect(log(page)).toContainText('Job 42 was accepted.');
  await expect(log(page)).toContainText('https://example.com/jobs/42');
  local.shell(await command('Send one message with the AWS CLI'));
  await expect(log(page)).toContainText('"hello"');
  expect(JSON.parse(local.shell(await command('Show the connection as API Gateway sees it')))).toHaveProperty(
    'ConnectedAt',
  );
  local.shell(await command('End the connection without a reason'));
  await expect(page.getByRole('status')).toContainText('1000 Closed normally');
  await expect.poll(() => local.rows('alice')).toEqual([]);
});

test('each kind of message has the reply of API Gateway', async ({ page }) => {
  await openAs(page, 'bob');
  await connect(page);
  for (const [message, answer] of [
    ['not json', '"not json"'],
    ['{"action":"unknown"}', 'unknown'],
    ['[1,2,3]', 'echo'],
    ['{"action":"whoami"}', '"bob"'],
    ['{"action":"ping"}', 'pong'],
  ] as const) {
    await page.getByRole('button', { name: 'Clear', exact: true }).click();
    await send(page, message);
    await expect(log(page)).toContainText(answer);
  }
});

test('a killed Lambda process causes an error message, and the next message has a reply', async ({ page }) => {
  await openAs(page, 'carol');
  await connect(page);
  const failures = entries(page, 'Internal server error');
  for (let sent = 1; (await failures.count()) === 0; sent++) {
    const lambdas = local.children('.build/lambda');
    expect(lambdas.length).toBeGreaterThan(0);
    for (const pid of lambdas) process.kill(pid, 'SIGSTOP');
    await send(page, 'lost');
    for (const pid of lambdas) process.kill(pid, 'SIGKILL');
    // A process that is stopped before it asks for its next event does not get the message. Another one answers it.
    await expect(entries(page, /Received echo|Internal server error/)).toHaveCount(sent);
  }
  await send(page, 'found');
  await expect(log(page).getByText('found')).toHaveCount(2);
});

/** Returns the token with a changed signature. */
function forged(token: string): string {
  const [head, claims, signature = ''] = token.split('.');
  return `${head}.${claims}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
}

function unsigned(token: string): string {
  const head = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
  return `${head}.${token.split('.')[1]}.`;
}

test('invalid tokens are refused', async ({ page }) => {
  const good = await local.token('mallory');
  const expired = await local.token('mallory', { expiresIn: -3600 });
  const cases: [string, string | undefined, number][] = [
    ['good', good, 101],
    ['no token', undefined, 401],
    ['not a JWT', 'bogus', 401],
    ['wrong signature', forged(good), 401],
    ['alg none', unsigned(good), 401],
    ['expired', expired, 401],
    ['other audience', await local.token('mallory', { audience: 'other' }), 403],
  ];
  await openAs(page, 'mallory');
  const user = await storedUser(page, local);
  for (const [name, token, status] of cases) {
    const answer = await handshake(local.outputs.websocketUrl, token);
    expect(answer.status, name).toBe(status);
    if (!token || token === good || token === expired) continue;
    tokens.push(token);
    await storeUser(page, local, { ...user, access_token: token });
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    // The handshake hides the reason, but the answer to the ticket request contains it.
    const code = status === 403 ? 'token audience' : 'token invalid';
    await expect(page.getByRole('status'), name).toContainText(`Refused: ${code}`);
  }
  // The page does not send an expired token: it reports it.
  tokens.push(expired);
  await storeUser(page, local, { ...user, access_token: expired, refresh_token: undefined });
  await expect(page.getByRole('alert')).toContainText('Your sign-in has expired');
  await page.getByRole('button', { name: 'Connect without a token' }).click();
  await expect(page.getByRole('status')).toContainText('Refused: no credential');
});

test('scripts/token.sh prints a token that the socket accepts', async () => {
  const token = (await local.script('token.sh', 'dave')).trim();
  tokens.push(token);
  expect((await handshake(local.outputs.websocketUrl, token)).status).toBe(101);
});

// This is the last test, because it ends the run.
test('no log contains a token, and Ctrl-C ends all processes', async () => {
  expect(tokens.length, 'tokens used').toBeGreaterThan(5);
  for (const token of tokens) {
    const [, claims, signature] = token.split('.');
    for (const part of [token, claims, signature]) {
      expect(part && local.log.includes(part), 'the log contains a token').toBeFalsy();
    }
  }
  const children = local.children();
  expect(children.length).toBeGreaterThan(2); // DynamoDB, sign-in, the function
  expect(await local.stop()).toBe(0);
  expect(children.filter(runs)).toEqual([]);
  await expect(fetch(local.outputs.siteUrl)).rejects.toThrow();
});
