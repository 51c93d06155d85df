import { ErrorResponse, ErrorTimeout, User } from 'oidc-client-ts';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Config } from '../config';
import { jwt } from '../testing/jwt';
import { storeAhead } from './clock';
import type { Manager, Page } from './manager';
import { expired, idTokenDemanded, notRevoked, type Problem, signedOutElsewhere, stillAtIssuer } from './problem';
import { SignIn } from './sign-in';

const config: Config = {
  websocketUrl: 'wss://api.example/live',
  issuer: 'https://sign-in.example',
  clientId: 'console',
  scope: 'openid profile',
};

const now = 1_700_000_000;
const alice = { state: 'signedIn', id: 'https://sign-in.example#u-1', name: 'alice@example.com' };
/** Alice without a refresh token. */
const fixed = { ...alice, renewable: false };
const accessToken = (exp: number) => jwt({ iss: config.issuer, aud: config.clientId, exp });
const fresh = accessToken(now + 3600);
/** A token to renew, which is still valid. */
const stale = accessToken(now + 29);
const dead = accessToken(now);

beforeEach(() => {
  vi.useFakeTimers({ now: now * 1000 });
  return () => vi.useRealTimers();
});

function user(accessToken: string, refreshToken?: string): User {
  const profile = { sub: 'u-1', iss: config.issuer, aud: 'console', exp: 0, iat: 0, email: 'alice@example.com' };
  const tokens = {
    access_token: accessToken,
    token_type: 'Bearer',
    ...(refreshToken && { refresh_token: refreshToken }),
  };
  return new User({ ...tokens, profile });
}

/** A fake of oidc-client-ts that stores a user. A test sets its behaviour. */
class FakeManager implements Manager {
  readonly home = 'https://site.example/';
  stored: User | null = null;
  storeUser = vi.fn(async (given: User | null) => {
    this.stored = given;
  });
  revoke = vi.fn(async (_: string) => {});
  endSession = vi.fn(async (): Promise<string | undefined> => `${config.issuer}/logout`);
  getUser = vi.fn(async () => this.stored);
  removeUser = vi.fn(async () => {
    this.stored = null;
  });
  signinRedirect = vi.fn(async () => {});
  signinRedirectCallback = vi.fn(async () => {
    this.stored = user(fresh);
    return this.stored;
  });
  signinSilent = vi.fn(async () => {
    this.stored = user(fresh, 'r2');
    return this.stored;
  });
}

function setUp(path = '/', change: Partial<Config> = {}, copied = false) {
  const manager = new FakeManager();
  const assign = vi.fn();
  const replaceState = vi.fn();
  const page: Page = { location: { href: `https://site.example${path}`, assign }, history: { replaceState } };
  const signIn = new SignIn(
    { ...config, ...change },
    page,
    async () => manager,
    async () => copied,
  );
  return { signIn, manager, assign, replaceState };
}

async function signedIn(stored: User, change: Partial<Config> = {}) {
  const all = setUp('/', change);
  all.manager.stored = stored;
  await all.signIn.start();
  return all;
}

describe('start', () => {
  it('is signed out without a stored user', async () => {
    const { signIn, manager, replaceState } = setUp();
    expect(signIn.snapshot()).toEqual({ state: 'restoring' });
    await signIn.start();
    expect(signIn.snapshot()).toEqual({ state: 'signedOut' });
    expect(manager.signinRedirectCallback).not.toHaveBeenCalled();
    expect(replaceState).not.toHaveBeenCalled();
  });

  it('restores the stored user', async () => {
    const { signIn } = await signedIn(user(fresh));
    expect(signIn.snapshot()).toEqual(fixed);
  });

  it('completes a sign-in once, and removes the code from the address first', async () => {
    const { signIn, manager, replaceState } = setUp('/?code=c&state=s');
    await Promise.all([signIn.start(), signIn.start()]);
    expect(manager.signinRedirectCallback).toHaveBeenCalledExactlyOnceWith('https://site.example/?code=c&state=s');
    expect(replaceState).toHaveBeenCalledExactlyOnceWith(null, '', '/');
    expect(replaceState).toHaveBeenCalledBefore(manager.signinRedirectCallback);
    expect(signIn.snapshot()).toEqual(fixed);
  });

  it.each([
    ['access_denied', new ErrorResponse({ error: 'access_denied' }), 'Sign-in was refused'],
    ['state mismatch', new Error('No matching state found in storage'), 'This sign-in was not started here'],
    ['unreachable issuer', new TypeError('Failed to fetch'), 'The sign-in service cannot be reached'],
  ])('reports a failed sign-in: %s', async (_, error, title) => {
    const { signIn, manager, replaceState } = setUp('/?error=e&state=s');
    manager.signinRedirectCallback.mockRejectedValue(error);
    await signIn.start();
    expect(signIn.snapshot()).toMatchObject({ state: 'signedOut', problem: { title } });
    expect(replaceState).toHaveBeenCalledOnce();
  });

  it('keeps the signed-in user when a forged answer arrives', async () => {
    const { signIn, manager } = setUp('/?code=forged&state=forged');
    manager.stored = user(fresh);
    manager.signinRedirectCallback.mockRejectedValue(new Error('No matching state found in storage'));
    await signIn.start();
    expect(signIn.snapshot()).toMatchObject({ state: 'signedIn', problem: { title: /not started here/ } });
  });

  it('reports that the stored sign-in has expired', async () => {
    const { signIn, manager } = await signedIn(user(dead));
    expect(signIn.snapshot()).toEqual({ state: 'signedOut', problem: expired });
    expect(manager.stored).toBeNull();
  });

  it('keeps an expired sign-in that can be renewed', async () => {
    const { signIn } = await signedIn(user(dead, 'r1'));
    expect(signIn.snapshot()).toMatchObject({ state: 'signedIn' });
  });

  it('is signed out if storage does not work', async () => {
    const { signIn, manager } = setUp();
    manager.getUser.mockRejectedValue(new SyntaxError('Unexpected token'));
    await signIn.start();
    expect(signIn.snapshot()).toEqual({ state: 'signedOut' });
  });
});

const tokenOf = async (signIn: SignIn) => (await signIn.token())?.token;

describe('the library', () => {
  it('is loaded once, and again only after a failure', async () => {
    const { manager } = setUp();
    const load = vi.fn<() => Promise<Manager>>(async () => manager).mockRejectedValueOnce(new Error('no network'));
    const page = { location: { href: 'https://site.example/', assign: vi.fn() }, history: { replaceState: vi.fn() } };
    const signIn = new SignIn(config, page, load);
    await signIn.start();
    expect(signIn.snapshot()).toMatchObject({ state: 'signedOut', problem: { text: /^no network/ } });
    await signIn.signIn();
    await signIn.signIn();
    expect(manager.signinRedirect).toHaveBeenCalledTimes(2);
    expect(load).toHaveBeenCalledTimes(2);
  });
});

describe('token', () => {
  it('waits until the stored sign-in is restored', async () => {
    const { signIn, manager } = setUp();
    manager.stored = user(fresh);
    void signIn.start();
    expect(signIn.snapshot()).toEqual({ state: 'restoring' });
    expect(await tokenOf(signIn)).toBe(fresh);
  });

  it('is undefined if nobody is signed in', async () => {
    const { signIn } = setUp();
    await signIn.start();
    expect(await signIn.token()).toBeUndefined();
  });

  it('is the stored token while it is fresh', async () => {
    const { signIn, manager } = await signedIn(user(fresh, 'r1'));
    expect(await tokenOf(signIn)).toBe(fresh);
    expect(manager.signinSilent).not.toHaveBeenCalled();
  });

  it.each([
    [undefined, 'the ID token'],
    ['https://api.example', 'the access token'],
  ])('is for the audience %s: %s', async (audience, chosen) => {
    const { signIn, manager } = setUp('/', audience === undefined ? {} : { audience });
    const foreign = jwt({ iss: config.issuer, aud: 'https://graph.example', exp: now + 3600 });
    const id_token = accessToken(now + 600);
    manager.stored = Object.assign(user(foreign), { id_token });
    await signIn.start();
    expect(await tokenOf(signIn)).toBe(chosen === 'the ID token' ? id_token : foreign);
  });

  it('is renewed once when it expires within a minute and a half', async () => {
    const { signIn, manager } = await signedIn(user(stale, 'r1'));
    expect(await Promise.all([tokenOf(signIn), tokenOf(signIn)])).toEqual([fresh, fresh]);
    expect(manager.signinSilent).toHaveBeenCalledOnce();
  });

  it('is used until it expires if there is no refresh token', async () => {
    const { signIn } = await signedIn(user(stale));
    expect(await tokenOf(signIn)).toBe(stale);
  });

  it('is used after a renewal even if it expires soon', async () => {
    const { signIn, manager } = await signedIn(user(dead, 'r1'));
    manager.signinSilent.mockResolvedValue(user(stale, 'r2'));
    expect(await tokenOf(signIn)).toBe(stale);
  });

  it('is renewed after the server has refused it as expired, even if the page’s clock differs', async () => {
    const { signIn, manager } = await signedIn(user(fresh, 'r1'));
    const newer = accessToken(now + 4000);
    manager.signinSilent.mockResolvedValue(user(newer, 'r2'));
    expect(await tokenOf(signIn)).toBe(fresh);
    signIn.refuse();
    expect(await tokenOf(signIn)).toBe(newer);
    manager.stored = user(newer, 'r2');
    expect(await tokenOf(signIn), 'the new token is not renewed').toBe(newer);
    expect(manager.signinSilent).toHaveBeenCalledOnce();
  });

  it('ends the sign-in if the server refused it and it cannot be renewed', async () => {
    const { signIn } = await signedIn(user(fresh));
    signIn.refuse(await tokenOf(signIn));
    await expect(signIn.token()).rejects.toThrow('Your sign-in has expired');
  });

  it('is not used again after a refusal while the issuer cannot be reached', async () => {
    const { signIn, manager } = await signedIn(user(fresh, 'r1'));
    signIn.refuse(await tokenOf(signIn));
    manager.signinSilent.mockRejectedValueOnce(new ErrorTimeout());
    await expect(signIn.token()).rejects.toThrow('does not answer');
    expect(signIn.snapshot()).toEqual(alice);
  });

  it.each([
    ['two hours fast', 7200],
    ['ten minutes slow', -600],
    ['a day fast', 86_400],
  ])('expires at the correct time on a clock that is %s', async (_, ahead) => {
    storeAhead(ahead);
    const { signIn, manager } = await signedIn(user(accessToken(now - ahead + 100), 'r1'));
    expect(await signIn.token()).toEqual({ token: expect.any(String), expires: now + 100 });
    expect(manager.signinSilent).not.toHaveBeenCalled();
    vi.advanceTimersByTime(11_000);
    expect(await tokenOf(signIn)).toBe(fresh);
  });

  it.each<[string, (manager: FakeManager) => unknown]>([
    ['there is no refresh token', (manager) => (manager.stored = user(dead))],
    [
      'the issuer refuses to renew',
      (manager) => manager.signinSilent.mockRejectedValue(new ErrorResponse({ error: 'invalid_grant' })),
    ],
    ['the renewed token has expired too', (manager) => manager.signinSilent.mockResolvedValue(user(dead, 'r1'))],
    ['the tokens were removed', (manager) => (manager.stored = null)],
  ])('reports that the sign-in has expired when %s', async (_, happen) => {
    const { signIn, manager } = await signedIn(user(stale, 'r1'));
    happen(manager);
    await expect(signIn.token()).rejects.toThrow('Your sign-in has expired. Sign in again');
    expect(signIn.snapshot()).toEqual({ state: 'signedOut', problem: expired });
    expect(manager.stored).toBeNull();
  });

  const passing: [string, Error][] = [
    ['429 without a code', new Error('Too Many Requests (429): {"message":"slow down"}')],
    ['500 server_error', new ErrorResponse({ error: 'server_error' })],
    ['503 temporarily_unavailable', new ErrorResponse({ error: 'temporarily_unavailable' })],
    ['slow_down', new ErrorResponse({ error: 'slow_down' })],
    ['invalid_client', new ErrorResponse({ error: 'invalid_client' })],
    ['interaction_required', new ErrorResponse({ error: 'interaction_required' })],
    ['no answer', new ErrorTimeout()],
    ['no network', new TypeError('Failed to fetch')],
    ['a page instead of JSON', new Error('Invalid response Content-Type: text/html')],
  ];

  it.each(passing)('is used while it is valid if the renewal fails: %s', async (_, error) => {
    const { signIn, manager } = await signedIn(user(stale, 'r1'));
    manager.signinSilent.mockRejectedValueOnce(error);
    expect(await tokenOf(signIn)).toBe(stale);
    expect(signIn.snapshot()).toEqual(alice);
    expect(manager.stored).toMatchObject({ access_token: stale, refresh_token: 'r1' });
    expect(await tokenOf(signIn), 'without another request for a while').toBe(stale);
    expect(manager.signinSilent).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(1000);
    expect(await tokenOf(signIn)).toBe(fresh);
  });

  it('is requested again after longer and longer delays, and concurrent callers share one answer', async () => {
    const { signIn, manager } = await signedIn(user(dead, 'r1'));
    const asked: number[] = [];
    manager.signinSilent.mockImplementation(async () => {
      asked.push(Date.now() - now * 1000);
      throw new ErrorResponse({ error: 'temporarily_unavailable' });
    });
    for (let i = 0; i < 9; i++) {
      const both = Promise.allSettled([signIn.token(), signIn.token()]);
      await vi.runAllTimersAsync();
      expect((await both).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    }
    const waits = asked.map((at, i) => at - (asked[i - 1] ?? at)).slice(1);
    expect(waits).toHaveLength(8);
    waits.forEach((wait, i) => {
      expect(wait).toBeGreaterThanOrEqual(Math.min(60_000, 1000 * 2 ** i) / 2 - 1);
      expect(wait).toBeLessThanOrEqual(Math.min(60_000, 1000 * 2 ** i) + 1);
    });
    manager.signinSilent.mockImplementation(async () => user(accessToken(Date.now() / 1000 + 3600)));
    const token = signIn.token();
    await vi.runAllTimersAsync();
    expect(await token, 'the session did not end').toBeDefined();
  });

  it.each(passing.filter(([name]) => name !== 'interaction_required'))(
    'is not used after it has expired, but the session continues: %s',
    async (_, error) => {
      const { signIn, manager } = await signedIn(user(dead, 'r1'));
      manager.signinSilent.mockRejectedValueOnce(error);
      await expect(signIn.token()).rejects.not.toThrow('Your sign-in has expired');
      expect(signIn.snapshot()).toMatchObject({ state: 'signedIn' });
      vi.advanceTimersByTime(1000);
      expect(await tokenOf(signIn)).toBe(fresh);
    },
  );

  it('ends the session if it has expired and the issuer demands an interaction', async () => {
    const { signIn, manager } = await signedIn(user(dead, 'r1'));
    manager.signinSilent.mockRejectedValueOnce(new ErrorResponse({ error: 'interaction_required' }));
    await expect(signIn.token()).rejects.toThrow('Your sign-in has expired');
    expect(signIn.snapshot()).toEqual({ state: 'signedOut', problem: expired });
  });
});

describe('signIn', () => {
  it('opens the issuer’s page', async () => {
    const { signIn, manager } = setUp();
    void signIn.signIn();
    expect(signIn.snapshot()).toEqual({ state: 'leaving' });
    await vi.waitFor(() => expect(manager.signinRedirect).toHaveBeenCalledOnce(), { timeout: 120_000 });
  });

  it('is possible again after "Back"', async () => {
    const { signIn } = setUp();
    await signIn.signIn();
    expect(signIn.snapshot()).toEqual({ state: 'signedOut' });
  });

  it('reports why the page cannot be opened', async () => {
    const { signIn, manager } = setUp();
    manager.signinRedirect.mockRejectedValue(new TypeError('Failed to fetch'));
    await signIn.signIn();
    expect(signIn.snapshot()).toMatchObject({
      state: 'signedOut',
      problem: { title: 'The sign-in service cannot be reached' },
    });
  });
});

describe('signIn of a signed-in user', () => {
  it('keeps the tokens until there are new ones', async () => {
    const { signIn, manager } = await signedIn(user(fresh));
    await signIn.signIn();
    expect(manager.signinRedirect).toHaveBeenCalledOnce();
    expect(signIn.snapshot()).toEqual(fixed);
    expect(await tokenOf(signIn)).toBe(fresh);
  });

  it('reports why the page cannot be opened', async () => {
    const { signIn, manager } = await signedIn(user(fresh));
    manager.signinRedirect.mockRejectedValue(new TypeError('Failed to fetch'));
    await signIn.signIn();
    expect(signIn.snapshot()).toMatchObject({
      state: 'signedIn',
      problem: { title: 'The sign-in service cannot be reached' },
    });
  });
});

describe('signOut', () => {
  it('deletes the tokens of a renewal that ends later', async () => {
    const { signIn, manager } = await signedIn(user(stale, 'r1'));
    let answer = () => {};
    manager.signinSilent.mockImplementation(async () => {
      await new Promise<void>((resolve) => (answer = resolve));
      manager.stored = user(fresh, 'r2');
      return manager.stored;
    });
    const token = signIn.token();
    await vi.waitFor(() => expect(manager.signinSilent).toHaveBeenCalledOnce(), { timeout: 120_000 });
    const done = signIn.signOut();
    await vi.waitFor(() => expect(vi.getTimerCount(), 'it waits').toBeGreaterThan(0), { timeout: 120_000 });
    await vi.advanceTimersByTimeAsync(5000);
    await done;
    answer();
    expect(await token).toBeUndefined();
    expect(manager.stored).toBeNull();
    expect(signIn.snapshot()).toEqual({ state: 'signedOut' });
  });

  it('revokes the refresh token, deletes the tokens, and opens the sign-out page', async () => {
    const { signIn, manager, assign } = await signedIn(user(fresh, 'r1'));
    await signIn.signOut();
    expect(manager.revoke).toHaveBeenCalledExactlyOnceWith('r1');
    expect(manager.revoke).toHaveBeenCalledBefore(manager.removeUser);
    expect(manager.removeUser).toHaveBeenCalledBefore(assign);
    expect(assign).toHaveBeenCalledExactlyOnceWith(
      'https://sign-in.example/logout?client_id=console&post_logout_redirect_uri=https%3A%2F%2Fsite.example%2F',
    );
    expect(signIn.snapshot()).toEqual({ state: 'signedOut' });
    expect(await signIn.token()).toBeUndefined();
  });

  it('revokes nothing without a refresh token', async () => {
    const { signIn, manager } = await signedIn(user(fresh));
    await signIn.signOut();
    expect(manager.revoke).not.toHaveBeenCalled();
    expect(signIn.snapshot()).toEqual({ state: 'signedOut' });
  });

  it.each<[string, () => Promise<void>]>([
    ['an error answer', () => Promise.reject(new ErrorResponse({ error: 'unsupported_token_type' }))],
    ['the network', () => Promise.reject(new TypeError('Failed to fetch'))],
    ['no answer', () => new Promise(() => {})],
  ])('continues if the revocation fails with %s, and reports it afterwards', async (_, fail) => {
    const { signIn, manager, assign } = await signedIn(user(fresh, 'r1'));
    manager.revoke.mockImplementation(fail);
    const done = signIn.signOut();
    await vi.runAllTimersAsync();
    await done;
    expect(manager.stored).toBeNull();
    expect(assign).toHaveBeenCalledOnce();
    const back = setUp();
    await back.signIn.start();
    expect(back.signIn.snapshot()).toEqual({ state: 'signedOut', problem: notRevoked });
    const later = setUp();
    await later.signIn.start();
    expect(later.signIn.snapshot(), 'reported once').toEqual({ state: 'signedOut' });
  });

  it('revokes the refresh token of a renewal under way', async () => {
    const { signIn, manager } = await signedIn(user(stale, 'r1'));
    let answer = () => {};
    manager.signinSilent.mockImplementation(async () => {
      await new Promise<void>((resolve) => (answer = resolve));
      manager.stored = user(fresh, 'r2');
      return manager.stored;
    });
    const token = signIn.token();
    await vi.waitFor(() => expect(manager.signinSilent).toHaveBeenCalledOnce(), { timeout: 120_000 });
    const done = signIn.signOut();
    answer();
    await Promise.all([token, done]);
    expect(manager.revoke).toHaveBeenCalledExactlyOnceWith('r2');
    expect(manager.stored).toBeNull();
  });

  const okta = 'https://api.okta.example/oauth2/default/v1/logout';
  const cognito = 'https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_a1b2c3';
  const signOutUrl = 'https://api.auth.example/logout?client_id=console';
  const idToken = accessToken(now + 3600);
  const home = encodeURIComponent('https://site.example/');

  it.each<[string, Partial<Config>, string, string]>([
    ['the configured address', { signOutUrl }, `${config.issuer}/logout`, signOutUrl],
    [
      'the page of an existing Cognito pool, with the parameters that it knows',
      { issuer: cognito },
      'https://api.auth.eu-west-1.amazoncognito.com/logout',
      `https://api.auth.eu-west-1.amazoncognito.com/logout?client_id=console&logout_uri=${home}`,
    ],
    [
      "Okta's page with the ID token, if that is configured",
      { idTokenHint: true },
      okta,
      `${okta}?client_id=console&post_logout_redirect_uri=${home}&id_token_hint=${idToken}`,
    ],
    [
      'a page whose address has parameters',
      {},
      'https://login.example/logout?p=policy',
      `https://login.example/logout?p=policy&client_id=console&post_logout_redirect_uri=${home}`,
    ],
  ])('opens %s', async (_, change, endpoint, address) => {
    const { signIn, manager, assign } = await signedIn(Object.assign(user(fresh), { id_token: idToken }), change);
    manager.endSession.mockResolvedValue(endpoint);
    await signIn.signOut();
    expect(assign).toHaveBeenCalledExactlyOnceWith(address);
    expect(manager.stored).toBeNull();
  });

  it.each<[string, Partial<Config>, () => Promise<string | undefined>, Problem]>([
    ['the issuer has no sign-out page', {}, async () => undefined, stillAtIssuer],
    ['the issuer cannot be reached', {}, () => Promise.reject(new TypeError('Failed to fetch')), stillAtIssuer],
    [
      'the issuer cannot be reached, though a page is configured',
      { signOutUrl },
      () => Promise.reject(new TypeError('x')),
      stillAtIssuer,
    ],
    ['the address is invalid', {}, async () => 'logout', stillAtIssuer],
    ['Okta would answer 400 without the ID token', {}, async () => okta, idTokenDemanded],
    [
      "Okta's org server would answer 400 without the ID token",
      {},
      async () => 'https://api.okta.com/oauth2/v1/logout',
      idTokenDemanded,
    ],
    ['there is no ID token for Okta', { idTokenHint: true }, async () => okta, idTokenDemanded],
  ])('stays on the page, signed out, with a report, when %s', async (_, change, endSession, problem) => {
    const { signIn, manager, assign } = await signedIn(user(fresh, 'r1'), change);
    manager.endSession.mockImplementation(endSession);
    await signIn.signOut();
    expect(manager.stored).toBeNull();
    expect(assign).not.toHaveBeenCalled();
    expect(signIn.snapshot()).toEqual({ state: 'signedOut', problem });
  });

  it('reports both problems if nothing can be reached', async () => {
    const { signIn, manager } = await signedIn(user(fresh, 'r1'));
    manager.revoke.mockRejectedValue(new TypeError('Failed to fetch'));
    manager.endSession.mockRejectedValue(new TypeError('Failed to fetch'));
    await signIn.signOut();
    expect(signIn.snapshot()).toEqual({
      state: 'signedOut',
      problem: { title: stillAtIssuer.title, text: `${stillAtIssuer.text} ${notRevoked.text}` },
    });
  });
});

describe('signing out everywhere', () => {
  it('ends the sign-in of the same user in other tabs, and revokes their refresh tokens', async () => {
    vi.useRealTimers();
    const eternal = user(jwt({ iss: config.issuer, aud: config.clientId }), 'r1');
    const [here, there, bobs] = [await signedIn(eternal), await signedIn(eternal), setUp()];
    const bob = user(eternal.access_token, 'r2');
    bob.profile.sub = 'u-2';
    bobs.manager.stored = bob;
    await bobs.signIn.start();
    here.signIn.signedOutEverywhere();
    const patient = { timeout: 120_000 };
    const gone = { state: 'signedOut', problem: signedOutElsewhere };
    await vi.waitFor(() => expect(there.signIn.snapshot()).toEqual(gone), patient);
    await vi.waitFor(() => expect(there.manager.revoke).toHaveBeenCalledExactlyOnceWith('r1'), patient);
    expect(there.manager.stored).toBeNull();
    expect(await there.signIn.token()).toBeUndefined();
    expect(bobs.signIn.snapshot()).toMatchObject({ state: 'signedIn' });
    expect(here.signIn.snapshot(), 'this tab signs out separately').toMatchObject({ state: 'signedIn' });
  });

  it('ends the sign-in in a tab that is loading', async () => {
    vi.useRealTimers();
    const eternal = user(jwt({ iss: config.issuer, aud: config.clientId }), 'r1');
    const [here, there] = [await signedIn(eternal), setUp()];
    there.manager.stored = eternal;
    let load = () => {};
    there.manager.getUser.mockImplementationOnce(async () => {
      await new Promise<void>((resolve) => (load = resolve));
      return there.manager.stored;
    });
    const started = there.signIn.start();
    await vi.waitFor(() => expect(there.manager.getUser).toHaveBeenCalled(), { timeout: 120_000 });
    const heard = new Promise((resolve) => {
      const channel = new BroadcastChannel('signed-out-everywhere');
      channel.onmessage = () => resolve(channel.close());
    });
    here.signIn.signedOutEverywhere();
    await heard;
    load();
    await started;
    await vi.waitFor(() => expect(there.manager.stored).toBeNull(), { timeout: 120_000 });
    expect(there.signIn.snapshot()).toEqual({ state: 'signedOut', problem: signedOutElsewhere });
  });

  it('revokes the refresh token of a renewal under way', async () => {
    const { signIn, manager } = await signedIn(user(dead, 'r1'));
    let answer = () => {};
    manager.signinSilent.mockImplementationOnce(async () => {
      await new Promise<void>((resolve) => (answer = resolve));
      manager.stored = user(fresh, 'r2');
      return manager.stored;
    });
    const token = signIn.token();
    await vi.waitFor(() => expect(manager.signinSilent).toHaveBeenCalled(), { timeout: 120_000 });
    const ended = signIn.endHere();
    expect(signIn.snapshot()).toEqual({ state: 'signedOut', problem: signedOutElsewhere });
    await vi.waitFor(() => expect(manager.stored).toBeNull(), { timeout: 120_000 });
    answer();
    await ended;
    expect(await token).toBeUndefined();
    expect(manager.stored).toBeNull();
    expect(manager.revoke).toHaveBeenCalledExactlyOnceWith('r2');
  });

  it('endHere ends the sign-in of this page, once', async () => {
    const { signIn, manager } = await signedIn(user(fresh, 'r1'));
    await signIn.endHere();
    expect(signIn.snapshot()).toEqual({ state: 'signedOut', problem: signedOutElsewhere });
    expect(manager.stored).toBeNull();
    expect(manager.revoke).toHaveBeenCalledExactlyOnceWith('r1');
    await signIn.endHere();
    expect(manager.revoke).toHaveBeenCalledOnce();
  });
});

describe('a copy of a tab', () => {
  async function copyOf(stored: User, path = '/') {
    const all = setUp(path, { authorizationParameters: { audience: 'https://api.example', prompt: 'login' } }, true);
    all.manager.stored = stored;
    await all.signIn.start();
    return all;
  }

  it('deletes the refresh token of the other tab, and requests its own without the user', async () => {
    const { manager } = await copyOf(user(fresh, 'r1'));
    expect(manager.stored).toMatchObject({ access_token: fresh });
    expect(manager.stored).not.toHaveProperty('refresh_token');
    expect(manager.signinRedirect).toHaveBeenCalledExactlyOnceWith({
      nonce: expect.stringMatching(/^[\da-f-]{36}$/),
      extraQueryParams: { audience: 'https://api.example', prompt: 'none' },
    });
    expect(manager.signinSilent).not.toHaveBeenCalled();
  });

  it('keeps the tokens if there is no refresh token', async () => {
    const { signIn, manager } = await copyOf(user(fresh));
    expect(manager.signinRedirect).not.toHaveBeenCalled();
    expect(signIn.snapshot()).toEqual(fixed);
  });

  it('completes a sign-in under way', async () => {
    const { signIn, manager } = await copyOf(user(dead, 'r1'), '/?code=c&state=s');
    expect(manager.signinRedirect).not.toHaveBeenCalled();
    expect(signIn.snapshot()).toEqual(fixed);
  });

  it.each(['login_required', 'interaction_required', 'consent_required'])(
    'uses its access token until it expires if the issuer answers %s',
    async (error) => {
      const { signIn, manager } = setUp('/?error=e&state=s');
      manager.stored = user(fresh);
      manager.signinRedirectCallback.mockRejectedValue(new ErrorResponse({ error }));
      await signIn.start();
      expect(signIn.snapshot()).toEqual({
        ...fixed,
        problem: expect.objectContaining({ title: 'This tab needs a sign-in of its own' }),
      });
      expect(await tokenOf(signIn)).toBe(fresh);
    },
  );
});

describe('signIn with the real library', () => {
  it('requests a code with PKCE and the configured parameters, and stores everything in this tab', async () => {
    vi.useRealTimers();
    const authorizationParameters = { audience: 'https://api.example', prompt: 'select_account' };
    const scope = 'openid profile offline_access';
    const metadata = { issuer: config.issuer, authorization_endpoint: `${config.issuer}/auth` };
    vi.stubGlobal('fetch', async () => Response.json(metadata));
    const opened = new Promise<string>((resolve) => {
      vi.spyOn(window.location, 'assign').mockImplementation((url) => resolve(String(url)));
    });
    const signIn = new SignIn({ ...config, scope, authorizationParameters });
    const address = await Promise.race([opened, signIn.signIn()]); // signIn returns only if it fails
    expect(signIn.snapshot()).toEqual({ state: 'leaving' });
    const { origin, pathname, searchParams } = new URL(String(address));
    expect(origin + pathname).toBe('https://sign-in.example/auth');
    expect(Object.fromEntries(searchParams)).toMatchObject({
      client_id: 'console',
      response_type: 'code',
      scope,
      ...authorizationParameters,
      code_challenge_method: 'S256',
      redirect_uri: new URL('/', window.location.href).href,
    });
    expect(searchParams.get('nonce')).toMatch(/^[\da-f-]{36}$/);
    expect(Object.keys(sessionStorage)).toEqual([`oidc.${searchParams.get('state')}`]);
    expect(localStorage).toHaveLength(0);
  });
});
