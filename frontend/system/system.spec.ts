import { expect, type Page, test } from '@playwright/test';
import { handshake, Local } from './local';

let local: Local;
const tokens: string[] = []; // every token a test has used or made

test.beforeAll(async () => {
  test.setTimeout(300_000); // the first run builds everything
  local = await Local.start();
});

test.afterAll(async () => {
  if (!local) return;
  const code = await local.stop();
  expect(code, 'exit code after Ctrl-C').toBe(0);
  expect(tokens.length, 'tokens used').toBeGreaterThan(3);
  for (const token of tokens) {
    const [, claims, signature] = token.split('.');
    for (const part of [token, claims, signature]) {
      if (part) expect(local.log.includes(part), 'a token is in a log').toBe(false);
    }
  }
});

/** Collects what a page must not do: break its CSP, log an error, throw. */
function complaints(page: Page): string[] {
  const list: string[] = [];
  page.on('console', (m) => m.type() === 'error' && list.push(m.text()));
  page.on('pageerror', (e) => list.push(String(e)));
  return list;
}

async function signIn(page: Page, user: string) {
  await page.goto(local.outputs.siteUrl);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${local.outputs.issuer}/**`);
  await page.locator('input[name=login]').fill(user);
  await page.locator('[type=submit]').click();
  await page.waitForURL(`${local.outputs.siteUrl}/`);
  await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible();
  tokens.push(await accessToken(page));
}

const isOidc = (key: string) => key.startsWith('oidc.user:');

async function accessToken(page: Page): Promise<string> {
  const stored = await page.evaluate(() => ({ ...sessionStorage }));
  const key = Object.keys(stored).find(isOidc) ?? '';
  return JSON.parse(stored[key] ?? '{}').access_token;
}

/** Puts another token where the page keeps its own. */
async function replaceToken(page: Page, token: string) {
  await page.evaluate((token) => {
    const key = Object.keys(sessionStorage).find((k) => k.startsWith('oidc.user:')) ?? '';
    const user = JSON.parse(sessionStorage.getItem(key) ?? '{}');
    sessionStorage.setItem(key, JSON.stringify({ ...user, access_token: token }));
  }, token);
  await page.reload();
}

const log = (page: Page) => page.getByRole('log', { name: 'Messages' });

async function connect(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await expect(page.getByRole('status')).toContainText('Open');
  const id = page.getByTestId('connection-id');
  await expect(id).toHaveText(/^[\w-]{15}=$/);
  return (await id.textContent()) ?? '';
}

async function send(page: Page, text: string) {
  await page.getByRole('textbox', { name: 'Message' }).fill(text);
  await page.getByRole('button', { name: 'Send' }).click();
}

test('sign in, connect, echo, push, disconnect', async ({ page }) => {
  const wrong = complaints(page);
  await signIn(page, 'alice');
  const id = await connect(page);
  await send(page, '{"hello": "sallyport"}');
  await expect(log(page)).toContainText('echo');
  await expect(log(page).getByText('sallyport')).toHaveCount(2); // sent and echoed

  for (const target of [['--connection', id], ['--user', 'alice'], ['--all']]) {
    await page.getByRole('button', { name: 'Clear' }).click();
    const out = await local.script('send.sh', ...target);
    expect(out.match(/sent 1/g), `send.sh ${target.join(' ')}`).toHaveLength(3);
    await expect(log(page)).toContainText('Job 42 was accepted.');
    await expect(log(page)).toContainText('https://example.com/jobs/42');
  }
  await page.screenshot({ path: 'test-results/console.png' });

  expect(local.rows()).toHaveLength(1);
  await page.getByRole('button', { name: 'Disconnect' }).click();
  await expect(page.getByRole('status')).toContainText('Closed');
  await expect.poll(() => local.rows()).toEqual([]);
  await expect(local.script('send.sh', '--connection', id)).rejects.toThrow('is gone');
  expect(await local.script('send.sh', '--user', 'alice')).toContain('sent 0');
  expect(wrong, 'console errors and CSP violations').toEqual([]);
});

test('messages as API Gateway answers them', async ({ page }) => {
  await signIn(page, 'bob');
  await connect(page);
  for (const [message, answer] of [
    ['not json', '"not json"'],
    ['{"action":"unknown"}', 'unknown'],
    ['[1,2,3]', 'echo'],
    ['{"action":"whoami"}', '"bob"'],
    ['{"action":"ping"}', 'pong'],
  ] as const) {
    await page.getByRole('button', { name: 'Clear' }).click();
    await send(page, message);
    await expect(log(page)).toContainText(answer);
  }
});

test('a Lambda killed in mid-event', async ({ page }) => {
  await signIn(page, 'carol');
  await connect(page);
  const lambdas = local.lambdas();
  expect(lambdas.length).toBeGreaterThan(0);
  for (const pid of lambdas) process.kill(pid, 'SIGSTOP');
  await send(page, 'lost');
  for (const pid of lambdas) process.kill(pid, 'SIGKILL');
  await expect(log(page)).toContainText('Internal server error');
  await send(page, 'found');
  await expect(log(page).getByText('found')).toHaveCount(2);
});

/** A token of our issuer with its signature spoilt. */
function forged(token: string): string {
  const [head, claims, signature = ''] = token.split('.');
  return `${head}.${claims}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
}

function unsigned(token: string): string {
  const head = Buffer.from('{"alg":"none","typ":"JWT"}').toString('base64url');
  return `${head}.${token.split('.')[1]}.`;
}

test('refused tokens', async ({ page }) => {
  const good = await local.token('mallory');
  const cases: [string, string | undefined, number][] = [
    ['good', good, 101],
    ['none at all', undefined, 401],
    ['no JWT', 'bogus', 401],
    ['wrong signature', forged(good), 401],
    ['alg none', unsigned(good), 401],
    ['expired', await local.token('mallory', { expiresIn: -3600 }), 401],
    ['other audience', await local.token('mallory', { audience: 'other' }), 403],
  ];
  await signIn(page, 'mallory');
  for (const [name, token, status] of cases) {
    const headers = token ? { 'Sec-WebSocket-Protocol': `sallyport.v1, bearer.${token}` } : {};
    const answer = await handshake(local.outputs.websocketUrl, headers as Record<string, string>);
    expect(answer.status, name).toBe(status);
    if (!token || status === 101) continue;
    tokens.push(token);
    await replaceToken(page, token);
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await expect(page.getByRole('status'), name).toContainText('Closed');
    await expect(page.getByText(/refused/i).first(), name).toBeVisible();
  }
});

test('scripts/token.sh prints a token that opens the socket', async () => {
  const token = (await local.script('token.sh', 'dave')).trim();
  tokens.push(token);
  const headers = { 'Sec-WebSocket-Protocol': `sallyport.v1, bearer.${token}` };
  expect((await handshake(local.outputs.websocketUrl, headers)).status).toBe(101);
});
