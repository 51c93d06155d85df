import { generateKeyPair } from 'jose';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Config } from '../config';
import { jwt } from '../testing/jwt';
import { TestIssuer } from '../testing/test-issuer';
import { readAhead } from './clock';
import { newManager } from './manager';
import { SignIn } from './sign-in';

// These tests use the real oidc-client-ts and an issuer that signs with real keys.

const config: Config = {
  websocketUrl: 'wss://api.example/live',
  issuer: 'https://sign-in.example',
  clientId: 'console',
  scope: 'openid profile',
};

/** The issuer's time. It is also the page's time, unless a test sets its clock. */
const now = 1_700_000_000;
const hour = 3600;

let issuer: TestIssuer;

beforeEach(async () => {
  vi.useFakeTimers({ now: now * 1000, toFake: ['Date'] });
  vi.stubGlobal('stop', () => {}); // the library calls it after a failed navigation
  issuer = await TestIssuer.start();
  return () => vi.useRealTimers();
});

/** Changes of the issuer's answer. */
type Given = {
  readonly claims?: { [name: string]: unknown };
  readonly header?: { kid?: string; alg?: string };
  /** Replaces the signed ID token. */
  readonly replace?: (token: string) => Promise<string | undefined> | string | undefined;
  readonly access?: string;
  readonly expiresIn?: number;
};

async function tokens(given: Given, nonce?: string): Promise<Record<string, unknown>> {
  const claims = { iat: now, exp: now + hour, preferred_username: 'alice', ...(nonce && { nonce }), ...given.claims };
  const signed = await issuer.sign(claims, given.header);
  return {
    access_token: given.access ?? 'opaque',
    refresh_token: 'r1',
    token_type: 'Bearer',
    expires_in: given.expiresIn ?? hour,
    id_token: given.replace ? await given.replace(signed) : signed,
  };
}

/** Loads a page at this address. */
function load(path = '/') {
  const assign = vi.fn();
  const page = { location: { href: `https://site.example${path}`, assign }, history: { replaceState: vi.fn() } };
  const manager = newManager(config, page);
  const signIn = new SignIn(
    config,
    page,
    async () => manager,
    async () => false,
  );
  return { signIn, manager, assign };
}

/** Opens the issuer's page and loads the page again with its answer. */
async function signInWith(given: Given = {}) {
  const there = vi.spyOn(window.location, 'assign').mockImplementation(() => {});
  void load().signIn.signIn();
  await vi.waitFor(() => expect(there).toHaveBeenCalled(), { timeout: 120_000 });
  const asked = new URL(String(there.mock.calls[0]?.[0])).searchParams;
  there.mockRestore();
  issuer.answers.token = async () => Response.json(await tokens(given, String(asked.get('nonce'))));
  const back = load(`/?code=c&state=${asked.get('state')}`);
  await back.signIn.start();
  return back;
}

const isSignedIn = { state: 'signedIn', id: 'https://sign-in.example#u-1', name: 'alice' };

describe('an ID token', () => {
  it.each(['RS256', 'ES256', 'EdDSA'])('signed with %s is accepted', async (algorithm) => {
    issuer = await TestIssuer.start(algorithm);
    const { signIn } = await signInWith();
    expect(signIn.snapshot()).toEqual(isSignedIn);
  });

  it.each<[string, Given]>([
    ['several audiences, issued to this client', { claims: { aud: ['console', 'other'], azp: 'console' } }],
    ['issued five minutes ago, as Entra says', { claims: { iat: now - 300, nbf: now - 300, exp: now + 3600 } }],
  ])('is accepted with %s', async (_, given) => {
    expect((await signInWith(given)).signIn.snapshot()).toEqual(isSignedIn);
  });

  const foreignKey = async () => (await generateKeyPair('ES256')).privateKey;
  const part = (token: string, i: number) => token.split('.')[i] ?? '';
  const base64url = (text: string) => btoa(text).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');

  it.each<[string, Given, RegExp]>([
    [
      'of another issuer',
      { claims: { iss: 'https://other.example' } },
      /iss is "https:\/\/other\.example", not "https:/,
    ],
    ['of the issuer with an additional slash', { claims: { iss: `${config.issuer}/` } }, /iss is/],
    ['for another client', { claims: { aud: 'other' } }, /aud is "other", not "console"/],
    ['without an audience', { claims: { aud: [] } }, /aud is/],
    ['issued to another client', { claims: { azp: 'other' } }, /azp is "other", not "console"/],
    ['for several audiences, without azp', { claims: { aud: ['console', 'other'] } }, /azp is missing/],
    [
      'that had expired when the access token was issued',
      { claims: { iat: now - hour, exp: now - 60 }, access: jwt({ iat: now }) },
      /had expired/,
    ],
    ['that expires before it was issued', { claims: { exp: now - 60 } }, /had expired/],
    ['without exp', { claims: { exp: undefined } }, /exp is missing/],
    ['without iat', { claims: { iat: undefined } }, /iat is missing/],
    ['without sub', { claims: { sub: undefined } }, /sub/],
    ['that begins in an hour', { claims: { nbf: now + hour } }, /nbf is/],
    ['with another nonce', { claims: { nonce: 'other' } }, /nonce/],
    ['without a nonce', { claims: { nonce: undefined } }, /nonce/],
    [
      'signed with a foreign key',
      { replace: async () => issuer.sign({ iat: now, exp: now + hour }, {}, await foreignKey()) },
      /nonce|key/,
    ],
    ['with a shortened signature', { replace: (token) => token.slice(0, -4) }, /key that the issuer publishes/],
    [
      'with changed claims',
      {
        replace: (token) => {
          const claims = { ...JSON.parse(atob(part(token, 1))), preferred_username: 'root' };
          return [part(token, 0), base64url(JSON.stringify(claims)), part(token, 2)].join('.');
        },
      },
      /key that the issuer publishes/,
    ],
    ['signed with a key that is not published', { header: { kid: 'k2' } }, /key that the issuer publishes/],
    [
      'without signature',
      { replace: (token) => `${base64url('{"alg":"none"}')}.${part(token, 1)}.` },
      /algorithm other than RS256/,
    ],
    [
      'signed with a symmetric key',
      { replace: (token) => `${base64url('{"alg":"HS256","kid":"k1"}')}.${part(token, 1)}.${part(token, 2)}` },
      /algorithm other than RS256/,
    ],
    ['that is not a JWT', { replace: () => 'x' }, /./],
    ['that is missing', { replace: () => undefined }, /./],
  ])('%s is refused, and nothing is stored', async (_, given, text) => {
    const { signIn, manager } = await signInWith(given);
    expect(signIn.snapshot()).toMatchObject({ state: 'signedOut', problem: { text: expect.stringMatching(text) } });
    expect(await manager.getUser()).toBeNull();
  });

  it.each<[string, () => Promise<Response>]>([
    ['500', async () => new Response('', { status: 500 })],
    ['no network', () => Promise.reject(new TypeError('Failed to fetch'))],
    ['no keys', async () => Response.json({})],
  ])('is refused if the keys cannot be fetched: %s', async (_, keys) => {
    issuer.answers.keys = keys;
    const { signIn } = await signInWith();
    const text = expect.stringMatching(/could not be fetched from https:\/\/sign-in\.example\/keys/);
    expect(signIn.snapshot()).toMatchObject({ state: 'signedOut', problem: { text } });
  });

  it('does not end the present sign-in if it is forged', async () => {
    await signInWith();
    const { signIn, manager } = await signInWith({ replace: (token) => token.slice(0, -4) });
    expect(signIn.snapshot()).toMatchObject({
      ...isSignedIn,
      problem: { title: expect.stringMatching(/cannot be trusted/) },
    });
    expect(await manager.getUser()).toMatchObject({ access_token: 'opaque' });
  });
});

describe('a discovery document', () => {
  it.each([
    ['another issuer', 'https://other.example'],
    ['an additional slash', 'https://sign-in.example/'],
    ['an upper-case letter', 'https://Sign-In.example'],
    ["Entra's placeholder", 'https://login.microsoftonline.com/{tenantid}/v2.0'],
    ['no issuer', undefined],
  ])('with %s is refused, and both issuers are named', async (_, named) => {
    issuer.answers.discovery.issuer = named;
    const { signIn } = load();
    await signIn.signIn();
    const text = expect.stringMatching(
      /names the issuer .*The configuration must have the same.*https:\/\/sign-in\.example/,
    );
    expect(signIn.snapshot()).toMatchObject({ state: 'signedOut', problem: { text } });
  });
});

describe('a renewal', () => {
  /** Signs in. The issuer answers a refresh with the changed tokens. */
  async function renewWith(given: Given) {
    const all = await signInWith();
    issuer.answers.token = async () => Response.json({ ...(await tokens(given)), refresh_token: 'r2' });
    return all;
  }

  it('checks the new ID token, too', async () => {
    const { manager } = await renewWith({ claims: { preferred_username: 'alice2' } });
    expect((await manager.signinSilent())?.profile.preferred_username).toBe('alice2');
    issuer.answers.token = async () => Response.json(await tokens({ claims: { aud: 'other' } }));
    await expect(manager.signinSilent()).rejects.toThrow('aud is "other"');
    expect(await manager.getUser()).toMatchObject({ refresh_token: 'r2' });
  });

  it('keeps the new tokens, but not an ID token that cannot be checked', async () => {
    const { manager } = await signInWith();
    const before = await manager.getUser();
    issuer.answers.keys = async () => new Response('', { status: 503 });
    const fresh = load().manager; // after a reload, the keys must be fetched again
    issuer.answers.token = async () =>
      Response.json({
        ...(await tokens({ claims: { preferred_username: 'root' } })),
        access_token: 'a2',
        refresh_token: 'r2',
      });
    await fresh.signinSilent();
    const { profile, id_token, access_token, refresh_token } = (await fresh.getUser()) ?? {};
    expect({ access_token, refresh_token, id_token }).toEqual({
      access_token: 'a2',
      refresh_token: 'r2',
      id_token: before?.id_token,
    });
    expect(profile?.preferred_username).toBe('alice');
  });
});

describe('a wrong clock', () => {
  it.each([
    ['two hours fast', 7200],
    ['ten minutes slow', -600],
    ['twenty hours slow', -72_000],
  ])('that is %s does not prevent a sign-in or end it early', async (_, ahead) => {
    vi.setSystemTime((now + ahead) * 1000);
    const { signIn } = await signInWith();
    expect(signIn.snapshot()).toEqual(isSignedIn);
    expect(readAhead()).toBe(ahead);
    expect((await signIn.token())?.expires).toBe(now + ahead + hour);
    const reloaded = load().signIn;
    await reloaded.start();
    expect(reloaded.snapshot()).toEqual(isSignedIn);
    issuer.answers.token = async () => Response.json({ error: 'invalid_grant' }, { status: 400 });
    vi.setSystemTime((now + ahead + hour) * 1000);
    await expect(reloaded.token(), 'at the correct time').rejects.toThrow('expired');
  });

  it.each([
    ["the access token's exp minus its lifetime if iat is in the past", { iat: now - 300, exp: now + 1800 }, 1800],
    ['the newest iat if the lifetime is missing', { iat: now, exp: now + 500 }, undefined],
  ])('is measured by %s', async (_, claims, expiresIn) => {
    vi.setSystemTime((now + 7200) * 1000);
    const access = await issuer.sign(claims);
    const { signIn } = await signInWith({ access, claims: { iat: now - 300 }, ...(expiresIn && { expiresIn }) });
    expect(signIn.snapshot()).toEqual(isSignedIn);
    if (expiresIn) {
      expect(readAhead()).toBe(7200);
    }
  });

  it('is measured again by a renewal', async () => {
    const { manager } = await signInWith();
    vi.setSystemTime((now - 600) * 1000);
    issuer.answers.token = async () => Response.json(await tokens({ claims: { jti: 'another' } }));
    await manager.signinSilent();
    expect(readAhead()).toBe(-600);
    await manager.removeUser();
    expect(Object.keys(sessionStorage)).toEqual([]);
  });

  it('that is wrong by more than a day is reported, because the token may be a replayed one', async () => {
    vi.setSystemTime((now + 3 * 86_400) * 1000);
    const { signIn } = await signInWith();
    const text = expect.stringMatching(/2023-11-14T22:13:20.*2023-11-17T22:13:2.*set the clock/);
    expect(signIn.snapshot()).toMatchObject({ state: 'signedOut', problem: { text } });
  });
});

describe('signing out', () => {
  it('revokes the refresh token, then opens the issuer’s sign-out page', async () => {
    const { signIn, assign } = await signInWith();
    let form: URLSearchParams | undefined;
    issuer.answers.revoke = async (given) => {
      form = given;
      return new Response('');
    };
    await signIn.signOut();
    expect(Object.fromEntries(form ?? [])).toEqual({
      token: 'r1',
      token_type_hint: 'refresh_token',
      client_id: 'console',
    });
    expect(issuer.asked.at(-1), 'the check that the issuer can be reached').toBe(
      'GET /.well-known/openid-configuration',
    );
    expect(assign).toHaveBeenCalledExactlyOnceWith(
      expect.stringMatching(/^https:\/\/sign-in\.example\/logout\?client_id=console/),
    );
    expect(Object.keys(sessionStorage)).toEqual([]);
  });

  // RFC 7009, section 2.2: only the status counts. oidc-provider answers with an empty body of type text/plain.
  it.each([
    [200, 'text/plain', '', null],
    [200, 'text/html', '<p>ok</p>', null],
    [204, null, null, null],
    [503, 'application/json', '{"error":"temporarily_unavailable"}', 'true'],
    [200, null, '', null],
  ])('stores for %i with %s %s that the token was not revoked: %s', async (status, type, body, noted) => {
    issuer.answers.revoke = async () => {
      const response = new Response(body, { status });
      response.headers.delete('Content-Type');
      if (type) {
        response.headers.set('Content-Type', type);
      }
      return response;
    };
    const { signIn } = await signInWith();
    await signIn.signOut();
    expect(issuer.asked).toContain('POST /revoke');
    expect(sessionStorage.getItem('not-revoked')).toBe(noted);
  });

  it('revokes nothing if the issuer has no revocation endpoint', async () => {
    delete issuer.answers.discovery.revocation_endpoint;
    delete issuer.answers.discovery.end_session_endpoint;
    const { signIn, assign } = await signInWith();
    await signIn.signOut();
    expect(issuer.asked).not.toContain('POST /revoke');
    expect(assign).not.toHaveBeenCalled();
    expect(signIn.snapshot()).toMatchObject({ state: 'signedOut', problem: { title: 'Signed out of this page only' } });
  });

  it('stays on the page if the issuer cannot be reached', async () => {
    const { signIn, assign } = await signInWith();
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('Failed to fetch')));
    await signIn.signOut();
    expect(assign).not.toHaveBeenCalled();
    expect(signIn.snapshot()).toMatchObject({
      problem: { text: expect.stringMatching(/not confirm that it has revoked the refresh token/) },
    });
    expect(Object.keys(sessionStorage)).toEqual([]);
  });
});

it.each([
  ['the local issuer', true, 'dark'],
  ['another issuer, which may refuse unknown parameters', false, null],
] as const)('the theme is sent to %s: %s', async (_, local, want) => {
  localStorage.setItem('theme', 'dark');
  const there = vi.spyOn(window.location, 'assign').mockImplementation(() => {});
  const manager = newManager(
    { ...config, local },
    { location: { href: 'https://site.example/', assign: vi.fn() }, history: { replaceState: vi.fn() } },
  );
  void manager.signinRedirect();
  await vi.waitFor(() => expect(there).toHaveBeenCalled(), { timeout: 120_000 });
  expect(new URL(String(there.mock.calls[0]?.[0])).searchParams.get('theme')).toBe(want);
  there.mockRestore();
  localStorage.clear();
});
