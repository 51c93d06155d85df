import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { browserErrors, connect, log, send, setConfig, signIn, signOut } from './console-page';
import { test as base, expect } from './fixtures';
import { providers } from './issuer/behaviour';
import { Issuer } from './issuer/issuer';
import { writePlan } from './issuer/plan';
import { handshake, Local } from './local';

// The console and the function with issuers that behave like known providers, or wrongly. The tests share a local run, and
// each test sets the behaviour of its issuer.

const test = base.extend<object, { issuer: Issuer; local: Local }>({
  issuer: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the required fixtures from it.
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

/** Signs in, connects and gets an echo, so the function has accepted the token that the console chose. */
async function signInAndEcho(page: Page, local: Local, user: string): Promise<void> {
  await signIn(page, local, user);
  await connect(page);
  await send(page, 'hello');
  await expect(log(page).getByText('hello')).toHaveCount(2);
}

/** Signs in at a provider, connects and gets an echo, without an error on the page. */
async function signInAt(name: keyof typeof providers, page: Page, local: Local, user: string): Promise<void> {
  const errors = browserErrors(page);
  await signInAndEcho(page, local, user);
  await expect(page.getByText(`Signed in as ${user}`)).toBeVisible();
  expect(errors, name).toEqual([]);
}

for (const name of ['entra', 'auth0', 'keycloak', 'google'] as const) {
  test(`signs in at ${name} and connects`, async ({ page, local, issuer, user }) => {
    issuer.behave(providers[name]);
    await signInAt(name, page, local, user);
  });
}

test('signs in at a standard issuer and connects, and revokes the refresh token when the user signs out', async ({
  page,
  local,
  issuer,
  user,
}) => {
  issuer.behave(providers.standard);
  await signInAt('standard', page, local, user);
  await signOut(page, 'here');
  await expect.poll(() => issuer.asked('revoke').length).toBe(1);
});

test('signs in at okta and connects, and does not open its sign-out page without the ID token', async ({
  page,
  local,
  issuer,
  user,
}) => {
  issuer.behave(providers.okta);
  await signInAt('okta', page, local, user);
  await signOut(page, 'here');
  await expect(page.getByRole('alert')).toBeVisible();
  expect(issuer.asked('logout')).toHaveLength(0);
});

test('signs in at an existing Cognito pool and connects, and signs out with its own address', async ({
  page,
  local,
  issuer,
  user,
}) => {
  issuer.behave(providers.cognito);
  const home = encodeURIComponent(`${local.outputs.siteUrl}/`);
  await setConfig(page, { signOutUrl: `${issuer.url}/logout?client_id=console&logout_uri=${home}` });
  await signInAt('cognito', page, local, user);
  await signOut(page, 'here');
  expect(issuer.asked('logout')[0]?.get('client_id')).toBe('console');
});

test('sends the parameters of Auth0, and gets an access token and a refresh token', async ({
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
  await signInAndEcho(page, local, user);
  const [asked] = issuer.asked('authorize');
  expect(asked?.get('audience')).toBe('https://api.example.com');
  expect(asked?.get('scope')).toBe('openid profile offline_access');
  const stored = await page.evaluate((key) => sessionStorage.getItem(key), `oidc.user:${issuer.url}:console`);
  const { access_token: token, refresh_token: refresh } = JSON.parse(stored ?? '{}');
  expect(refresh).toBeTruthy();
  expect(JSON.parse(Buffer.from(token.split('.')[1], 'base64url').toString()).aud).toBe('console');
});

test('signs out at an issuer that demands the ID token', async ({ page, local, issuer, user }) => {
  issuer.behave(providers.okta);
  await setConfig(page, { idTokenHint: true });
  await signIn(page, local, user);
  await signOut(page, 'here');
  expect(issuer.asked('logout')).toHaveLength(1);
  expect(page.url()).toBe(`${local.outputs.siteUrl}/`);
});

const outages = {
  'an overload': { status: 429, body: { error: 'slow_down' } },
  'an outage': { status: 503, body: { error: 'temporarily_unavailable' } },
};

for (const [name, answer] of Object.entries(outages)) {
  test(`stays signed in through ${name} of the issuer`, async ({ page, local, issuer, user }) => {
    issuer.behave(providers.standard, { renewals: [answer], accessClaims: expiredAtFirst });
    await signIn(page, local, user);
    await connect(page); // the first access token is refused, the first renewal fails, and the second one succeeds
    expect(issuer.asked('token').filter((asked) => asked.get('grant_type') === 'refresh_token')).toHaveLength(2);
  });
}

/** The first access token has expired for the function, although its lifetime was an hour for the page. */
function expiredAtFirst(claims: Record<string, unknown>, renewals: number): Record<string, unknown> {
  return renewals > 0 ? claims : { ...claims, exp: Number(claims.exp) - 2 * 3600, iat: Number(claims.iat) - 2 * 3600 };
}

test('ends the session when the issuer refuses the refresh token', async ({ page, local, issuer, user }) => {
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
    await signInAndEcho(page, local, user);
  });
}

test('accepts a token of a new key at once', async ({ page, another, local, issuer, user }) => {
  issuer.behave(providers.standard);
  await signInAndEcho(page, local, user);
  issuer.newKey();
  const second = await another();
  await signInAndEcho(second, local, `${user}-2`);
});

const forgeries: Record<string, Parameters<Issuer['behave']>[1]> = {
  'of another issuer': { idToken: (claims) => ({ ...claims, iss: 'https://evil.example' }) },
  'with another nonce': { idToken: (claims) => ({ ...claims, nonce: 'stolen' }) },
  'signed with another key': { forged: true },
};

for (const [name, change] of Object.entries(forgeries)) {
  test(`refuses an ID token ${name}`, async ({ page, local, issuer, user }) => {
    issuer.behave(providers.standard, change);
    await trySignIn(page, local, user);
    await expect(page.getByRole('alert')).toBeVisible();
    await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
    await expect(page.getByText(`Signed in as ${user}`)).toHaveCount(0);
  });
}

/** Signs in as signIn does, but does not expect that it succeeds. */
async function trySignIn(page: Page, local: Local, user: string): Promise<void> {
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

test('the content security policy blocks an endpoint that the plan does not have', async ({
  page,
  local,
  issuer,
  user,
}) => {
  issuer.behave(providers.standard, {
    document: (document) => ({ ...document, token_endpoint: 'http://127.0.0.1:9/token' }),
  });
  const errors = browserErrors(page);
  await trySignIn(page, local, user);
  await expect(page.getByRole('alert')).toBeVisible();
  expect(errors.join('\n')).toContain('Content Security Policy');
});

test("a ticket that was requested without an origin is accepted from the socket's own origin only", async ({
  local,
  issuer,
}) => {
  issuer.behave(providers.standard); // React Native on Android sends this
  const { websocketUrl, httpUrl } = local.outputs;
  const ticket = async (): Promise<string> => {
    const token = issuer.accessToken('react');
    const answer = await fetch(`${httpUrl}/tickets`, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
    return (await answer.json()).data.ticket;
  };
  const own = new URL(websocketUrl.replace(/^ws/, 'http')).origin;
  const connectFrom = async (origin: string) =>
    (await handshake(websocketUrl, undefined, { protocols: `sallyport.v1, ticket.${await ticket()}`, origin })).status;
  expect(await connectFrom(own)).toBe(101);
  expect(await connectFrom('http://127.0.0.1:1')).toBe(403);
  expect(await connectFrom(local.outputs.siteUrl)).toBe(403); // the page's origin did not request the ticket
});
