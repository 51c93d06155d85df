import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { complaints, connect, log, send, setConfig, signIn, signOut } from './console-page';
import { test as base, expect } from './fixtures';
import { providers } from './issuer/behaviour';
import { Issuer } from './issuer/issuer';
import { writePlan } from './issuer/plan';
import { handshake, Local } from './local';

// The console and the function with issuers that behave like those that people
// use, or wrongly: one local run, whose issuer each test tells how to behave.

const test = base.extend<object, { issuer: Issuer; local: Local }>({
  issuer: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from it what the fixture needs.
    async ({}, use) => {
      const issuer = await Issuer.start();
      await use(issuer);
      await issuer.stop();
    },
    { scope: 'worker' },
  ],
  local: [
    async ({ issuer }, use) => {
      const folder = mkdtempSync(join(tmpdir(), 'sallyport-plan-'));
      const plan = join(folder, 'plan.json');
      writePlan(issuer, plan);
      const local = await Local.start('-insecure-connections', '-plan', plan);
      await use(local);
      await local.stop();
      rmSync(folder, { recursive: true });
    },
    { scope: 'worker' },
  ],
});

/** Signs in, connects and gets an echo: the function takes the token that the console chose. */
async function converse(page: Page, local: Local, user: string): Promise<void> {
  await signIn(page, local, user);
  await connect(page);
  await send(page, 'hello');
  await expect(log(page).getByText('hello')).toHaveCount(2);
}

for (const [name, like] of Object.entries(providers)) {
  test(`signs in at ${name} and connects`, async ({ page, local, issuer, user }) => {
    issuer.behave(like);
    const wrong = complaints(page);
    await converse(page, local, user);
    await expect(page.getByText(`Signed in as ${user}`)).toBeVisible();
    expect(wrong).toEqual([]);
  });
}

test('asks for what Auth0 wants, and gets an access token and a refresh token for it', async ({
  page,
  local,
  issuer,
  user,
}) => {
  issuer.behave(providers.auth0);
  await setConfig(page, {
    scope: 'openid profile offline_access',
    authorizationParameters: { audience: 'https://api.example.com' },
  });
  await converse(page, local, user);
  const [asked] = issuer.asked('authorize');
  expect(asked?.get('audience')).toBe('https://api.example.com');
  expect(asked?.get('scope')).toBe('openid profile offline_access');
  const stored = await page.evaluate((key) => sessionStorage.getItem(key), `oidc.user:${issuer.url}:console`);
  const { access_token: token, refresh_token: refresh } = JSON.parse(stored ?? '{}');
  expect(refresh).toBeTruthy();
  expect(JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString()).aud).toBe('console');
});

test('signs out at an issuer that wants the ID token', async ({ page, local, issuer, user }) => {
  issuer.behave(providers.okta);
  await setConfig(page, { idTokenHint: true });
  await signIn(page, local, user);
  await signOut(page, 'here');
  expect(issuer.asked('logout')).toHaveLength(1);
  expect(page.url()).toBe(`${local.outputs.siteUrl}/`);
});

test('does not lead to the bad request that Okta answers without the ID token', async ({
  page,
  local,
  issuer,
  user,
}) => {
  issuer.behave(providers.okta);
  await signIn(page, local, user);
  await signOut(page, 'here');
  await expect(page.getByRole('alert')).toBeVisible();
  expect(issuer.asked('logout')).toHaveLength(0);
});

test('signs out at an existing Cognito pool by its own address', async ({ page, local, issuer, user }) => {
  issuer.behave(providers.cognito);
  const home = encodeURIComponent(`${local.outputs.siteUrl}/`);
  await setConfig(page, { signOutUrl: `${issuer.url}/logout?client_id=console&logout_uri=${home}` });
  await signIn(page, local, user);
  await signOut(page, 'here');
  expect(issuer.asked('logout')[0]?.get('client_id')).toBe('console');
});

test('revokes the refresh token when the person signs out', async ({ page, local, issuer, user }) => {
  issuer.behave(providers.standard);
  await signIn(page, local, user);
  await signOut(page, 'here');
  await expect.poll(() => issuer.asked('revoke').length).toBe(1);
});

const outages = {
  'an overload': { status: 429, body: { error: 'slow_down' } },
  'an outage': { status: 503, body: { error: 'temporarily_unavailable' } },
};

for (const [name, answer] of Object.entries(outages)) {
  test(`stays signed in through ${name} of the issuer`, async ({ page, local, issuer, user }) => {
    issuer.behave(providers.standard, { renewals: [answer], accessClaims: expiredAtFirst });
    await signIn(page, local, user);
    await connect(page); // the first access token is refused, the renewal fails once, and then it is open
    expect(issuer.asked('token').filter((asked) => asked.get('grant_type') === 'refresh_token')).toHaveLength(2);
  });
}

/** The first access token has expired for the function, though the page was told an hour. */
function expiredAtFirst(claims: Record<string, unknown>, renewals: number): Record<string, unknown> {
  return renewals > 0 ? claims : { ...claims, exp: Number(claims.exp) - 2 * 3600, iat: Number(claims.iat) - 2 * 3600 };
}

test('ends the session when the issuer takes the refresh token no longer', async ({ page, local, issuer, user }) => {
  issuer.behave(providers.standard, {
    renewals: [{ status: 400, body: { error: 'invalid_grant' } }],
    accessClaims: expiredAtFirst,
  });
  await signIn(page, local, user);
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
});

for (const [name, hours] of Object.entries({ 'two hours fast': 2, 'two hours slow': -2 })) {
  test(`signs in and connects with a clock that is ${name}`, async ({ page, local, issuer, user }) => {
    issuer.behave(providers.standard);
    await page.addInitScript((shift) => {
      const Real = Date;
      window.Date = class extends Real {
        constructor(...parts: unknown[]) {
          super(...((parts.length > 0 ? parts : [Real.now() + shift]) as [number]));
        }
        static override now(): number {
          return Real.now() + shift;
        }
      } as DateConstructor;
    }, hours * 3_600_000);
    await converse(page, local, user);
  });
}

test('connects at once with a token of a key that has just appeared', async ({
  page,
  another,
  local,
  issuer,
  user,
}) => {
  issuer.behave(providers.standard);
  await converse(page, local, user);
  issuer.newKey();
  const second = await another();
  await converse(second, local, `${user}-2`);
});

const forgeries: Record<string, Parameters<Issuer['behave']>[1]> = {
  'of another issuer': { idToken: (claims) => ({ ...claims, iss: 'https://evil.example' }) },
  'with another nonce': { idToken: (claims) => ({ ...claims, nonce: 'stolen' }) },
  'that another key signed': { forged: true },
};

for (const [name, change] of Object.entries(forgeries)) {
  test(`refuses an ID token ${name}`, async ({ page, local, issuer, user }) => {
    issuer.behave(providers.standard, change);
    await attempt(page, local, user);
    await expect(page.getByRole('alert')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
    await expect(page.getByText(`Signed in as ${user}`)).toHaveCount(0);
  });
}

/** Signs in as signIn does, whatever comes of it. */
async function attempt(page: Page, local: Local, user: string): Promise<void> {
  await page.goto(local.outputs.siteUrl);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${local.outputs.issuer}/**`);
  await page.locator('input[name=login]').fill(user);
  await page.locator('[type=submit]').click();
  await page.waitForURL(`${local.outputs.siteUrl}/`);
}

test('refuses a discovery document of another issuer', async ({ page, local, issuer }) => {
  issuer.behave(providers.standard, { document: (document) => ({ ...document, issuer: 'https://evil.example' }) });
  await page.goto(local.outputs.siteUrl);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  expect(issuer.asked('authorize')).toHaveLength(0);
});

test('the policy keeps the page from an endpoint that the plan does not know', async ({
  page,
  local,
  issuer,
  user,
}) => {
  issuer.behave(providers.standard, {
    document: (document) => ({ ...document, token_endpoint: 'http://127.0.0.1:9/token' }),
  });
  const wrong = complaints(page);
  await attempt(page, local, user);
  await expect(page.getByRole('alert')).toBeVisible();
  expect(wrong.join('\n')).toContain('Content Security Policy');
});

test("a ticket got without an origin opens a socket that names the socket's own", async ({ local, issuer }) => {
  issuer.behave(providers.standard); // as React Native on Android does it
  const { websocketUrl, httpUrl } = local.outputs;
  const ticket = async (): Promise<string> => {
    const token = issuer.accessToken('react');
    const answer = await fetch(`${httpUrl}/tickets`, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
    return (await answer.json()).data.ticket;
  };
  const own = new URL(websocketUrl.replace(/^ws/, 'http')).origin;
  const knock = async (origin: string) =>
    (await handshake(websocketUrl, undefined, { protocols: `sallyport.v1, ticket.${await ticket()}`, origin })).status;
  expect(await knock(own)).toBe(101);
  expect(await knock('http://127.0.0.1:1')).toBe(403);
  expect(await knock(local.outputs.siteUrl)).toBe(403); // a ticket of no page, at a page
});
