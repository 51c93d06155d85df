import { generateKeyPair } from 'jose';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Config } from '../config';
import { jwt } from '../testing/jwt';
import { TestIssuer } from '../testing/test-issuer';
import { readAhead } from './clock';
import { newManager } from './manager';
import { SignIn } from './sign-in';

// oidc-client-ts as it is, before an issuer that signs with real keys.

const config: Config = {
  websocketUrl: 'wss://api.example/live',
  issuer: 'https://sign-in.example',
  clientId: 'console',
  scope: 'openid profile',
};

/** The issuer's time. The page's is `now` as well, unless a test sets its clock. */
const now = 1_700_000_000;
const hour = 3600;

let issuer: TestIssuer;

beforeEach(async () => {
  vi.useFakeTimers({ now: now * 1000, toFake: ['Date'] });
  vi.stubGlobal('stop', () => {}); // by which the library ends a navigation that failed
  issuer = await TestIssuer.start();
  return () => vi.useRealTimers();
});

/** What the issuer gives out, changed for the test. */
type Given = {
  readonly claims?: { [name: string]: unknown };
  readonly header?: { kid?: string; alg?: string };
  /** Takes the place of the signed ID token. */
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

/** Goes to the issuer and comes back with its answer. */
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
  it.each(['RS256', 'ES256', 'EdDSA'])('signed with %s tells the name', async (algorithm) => {
    issuer = await TestIssuer.start(algorithm);
    const { signIn } = await signInWith();
    expect(signIn.snapshot()).toEqual(isSignedIn);
  });

  it.each<[string, Given]>([
    ['several audiences, given to us', { claims: { aud: ['console', 'other'], azp: 'console' } }],
    ['issued five minutes ago, as Entra says', { claims: { iat: now - 300, nbf: now - 300, exp: now + 3600 } }],
  ])('is good with %s', async (_, given) => {
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
    ['of the issuer with a slash more', { claims: { iss: `${config.issuer}/` } }, /iss is/],
    ['for another client', { claims: { aud: 'other' } }, /aud is "other", not "console"/],
    ['for nobody', { claims: { aud: [] } }, /aud is/],
    ['given to another party', { claims: { azp: 'other' } }, /azp is "other", not "console"/],
    ['for several, given to nobody in particular', { claims: { aud: ['console', 'other'] } }, /azp is missing/],
    [
      'that had expired when the access token was given',
      { claims: { iat: now - hour, exp: now - 60 }, access: jwt({ iat: now }) },
      /had expired/,
    ],
    ['that expires before it was issued', { claims: { exp: now - 60 } }, /had expired/],
    ['without exp', { claims: { exp: undefined } }, /exp is missing/],
    ['without iat', { claims: { iat: undefined } }, /iat is missing/],
    ['without sub', { claims: { sub: undefined } }, /sub/],
    ['that begins in an hour', { claims: { nbf: now + hour } }, /nbf is/],
    ['of another nonce', { claims: { nonce: 'other' } }, /nonce/],
    ['without a nonce', { claims: { nonce: undefined } }, /nonce/],
    [
      'signed by somebody else',
      { replace: async () => issuer.sign({ iat: now, exp: now + hour }, {}, await foreignKey()) },
      /nonce|key/,
    ],
    ['whose signature is cut', { replace: (token) => token.slice(0, -4) }, /key that the issuer publishes/],
    [
      'whose claims were changed',
      {
        replace: (token) => {
          const claims = { ...JSON.parse(atob(part(token, 1))), preferred_username: 'root' };
          return [part(token, 0), base64url(JSON.stringify(claims)), part(token, 2)].join('.');
        },
      },
      /key that the issuer publishes/,
    ],
    ['of a key that is not published', { header: { kid: 'k2' } }, /key that the issuer publishes/],
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
    ['that is no JWT', { replace: () => 'x' }, /./],
    ['that is missing', { replace: () => undefined }, /./],
  ])('%s signs nobody in, and nothing is stored', async (_, given, text) => {
    const { signIn, manager } = await signInWith(given);
    expect(signIn.snapshot()).toMatchObject({ state: 'signedOut', problem: { text: expect.stringMatching(text) } });
    expect(await manager.getUser()).toBeNull();
  });

  it.each<[string, () => Promise<Response>]>([
    ['500', async () => new Response('', { status: 500 })],
    ['no network', () => Promise.reject(new TypeError('Failed to fetch'))],
    ['no keys', async () => Response.json({})],
  ])('signs nobody in when its keys cannot be had: %s', async (_, keys) => {
    issuer.answers.keys = keys;
    const { signIn } = await signInWith();
    const text = expect.stringMatching(/could not be fetched from https:\/\/sign-in\.example\/keys/);
    expect(signIn.snapshot()).toMatchObject({ state: 'signedOut', problem: { text } });
  });

  it('leaves who was signed in alone when a forged one comes', async () => {
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
    ['one slash more', 'https://sign-in.example/'],
    ['other letters', 'https://Sign-In.example'],
    ["Entra's placeholder", 'https://login.microsoftonline.com/{tenantid}/v2.0'],
    ['no issuer', undefined],
  ])('that names %s is refused, with both names', async (_, named) => {
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
  /** Signed in, and the issuer answers a refresh with these. */
  async function renewWith(given: Given) {
    const all = await signInWith();
    issuer.answers.token = async () => Response.json({ ...(await tokens(given)), refresh_token: 'r2' });
    return all;
  }

  it('brings an ID token that is checked, too', async () => {
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
    const fresh = load().manager; // after a reload: the keys are not known
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

describe('a clock that is wrong', () => {
  it.each([
    ['two hours fast', 7200],
    ['ten minutes slow', -600],
    ['twenty hours slow', -72_000],
  ])('%s neither refuses a sign-in nor ends it early', async (_, ahead) => {
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
    await expect(reloaded.token(), 'but in time').rejects.toThrow('expired');
  });

  it.each([
    ["the access token's exp less its lifetime, where iat lies in the past", { iat: now - 300, exp: now + 1800 }, 1800],
    ['the newest iat, where no lifetime is told', { iat: now, exp: now + 500 }, undefined],
  ])('is measured by %s', async (_, claims, expiresIn) => {
    vi.setSystemTime((now + 7200) * 1000);
    const access = await issuer.sign(claims);
    const { signIn } = await signInWith({ access, claims: { iat: now - 300 }, ...(expiresIn && { expiresIn }) });
    expect(signIn.snapshot()).toEqual(isSignedIn);
    if (expiresIn) {
      expect(readAhead()).toBe(7200);
    }
  });

  it('is measured anew by a renewal', async () => {
    const { manager } = await signInWith();
    vi.setSystemTime((now - 600) * 1000);
    issuer.answers.token = async () => Response.json(await tokens({ claims: { jti: 'another' } }));
    await manager.signinSilent();
    expect(readAhead()).toBe(-600);
    await manager.removeUser();
    expect(Object.keys(sessionStorage)).toEqual([]);
  });

  it('more than a day off is named, as the token may be an old one', async () => {
    vi.setSystemTime((now + 3 * 86_400) * 1000);
    const { signIn } = await signInWith();
    const text = expect.stringMatching(/2023-11-14T22:13:20.*2023-11-17T22:13:2.*set the clock/);
    expect(signIn.snapshot()).toMatchObject({ state: 'signedOut', problem: { text } });
  });
});

describe('signing out', () => {
  it('revokes the refresh token at the issuer, then leaves for its page', async () => {
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
    expect(issuer.asked.at(-1), 'whether the issuer is in reach').toBe('GET /.well-known/openid-configuration');
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
  ])('%i with %s %s: notes that the token was not revoked: %s', async (status, type, body, noted) => {
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

  it('revokes nothing at an issuer that cannot', async () => {
    delete issuer.answers.discovery.revocation_endpoint;
    delete issuer.answers.discovery.end_session_endpoint;
    const { signIn, assign } = await signInWith();
    await signIn.signOut();
    expect(issuer.asked).not.toContain('POST /revoke');
    expect(assign).not.toHaveBeenCalled();
    expect(signIn.snapshot()).toMatchObject({ state: 'signedOut', problem: { title: 'Signed out of this page only' } });
  });

  it('goes nowhere when the issuer is out of reach, though its page is known', async () => {
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
