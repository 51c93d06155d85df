import { ErrorResponse, ErrorTimeout, User } from 'oidc-client-ts';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Config } from '../config';
import { jwt } from '../testing/jwt';
import type { Manager, Page } from './manager';
import { expired, stillAtIssuer } from './problem';
import { SignIn } from './sign-in';

const config: Config = {
  websocketUrl: 'wss://door.example/live',
  issuer: 'https://sign-in.example',
  clientId: 'console',
  scope: 'openid profile',
};

const now = 1_700_000_000;
const accessToken = (exp: number) => jwt({ iss: config.issuer, aud: config.clientId, exp });
const fresh = accessToken(now + 3600);
/** To be renewed, but still good. */
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

/** An oidc-client-ts that remembers a user and does what the test says. */
class FakeManager implements Manager {
  stored: User | null = null;
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
  signoutRedirect = vi.fn(async () => {});
}

function setUp(path = '/', change: Partial<Config> = {}) {
  const manager = new FakeManager();
  const assign = vi.fn();
  const replaceState = vi.fn();
  const page: Page = { location: { href: `https://site.example${path}`, assign }, history: { replaceState } };
  const signIn = new SignIn({ ...config, ...change }, page, async () => manager);
  return { signIn, manager, assign, replaceState };
}

async function signedIn(stored: User) {
  const all = setUp();
  all.manager.stored = stored;
  await all.signIn.start();
  return all;
}

describe('start', () => {
  it('finds nobody', async () => {
    const { signIn, manager, replaceState } = setUp();
    expect(signIn.snapshot()).toEqual({ state: 'restoring' });
    await signIn.start();
    expect(signIn.snapshot()).toEqual({ state: 'signedOut' });
    expect(manager.signinRedirectCallback).not.toHaveBeenCalled();
    expect(replaceState).not.toHaveBeenCalled();
  });

  it('finds who signed in before', async () => {
    const { signIn } = await signedIn(user(fresh));
    expect(signIn.snapshot()).toEqual({ state: 'signedIn', name: 'alice@example.com' });
  });

  it('finishes a sign-in once, however often it is called, and cleans the address first', async () => {
    const { signIn, manager, replaceState } = setUp('/?code=c&state=s');
    await Promise.all([signIn.start(), signIn.start()]);
    expect(manager.signinRedirectCallback).toHaveBeenCalledExactlyOnceWith('https://site.example/?code=c&state=s');
    expect(replaceState).toHaveBeenCalledExactlyOnceWith(null, '', '/');
    expect(replaceState).toHaveBeenCalledBefore(manager.signinRedirectCallback);
    expect(signIn.snapshot()).toEqual({ state: 'signedIn', name: 'alice@example.com' });
  });

  it.each([
    ['access_denied', new ErrorResponse({ error: 'access_denied' }), 'Sign-in was refused'],
    ['state mismatch', new Error('No matching state found in storage'), 'This sign-in was not started here'],
    ['issuer out of reach', new TypeError('Failed to fetch'), 'The sign-in service is out of reach'],
  ])('tells of a sign-in that failed: %s', async (_, error, title) => {
    const { signIn, manager, replaceState } = setUp('/?error=e&state=s');
    manager.signinRedirectCallback.mockRejectedValue(error);
    await signIn.start();
    expect(signIn.snapshot()).toMatchObject({ state: 'signedOut', problem: { title } });
    expect(replaceState).toHaveBeenCalledOnce();
  });

  it('keeps who is signed in when a forged answer arrives', async () => {
    const { signIn, manager } = setUp('/?code=forged&state=forged');
    manager.stored = user(fresh);
    manager.signinRedirectCallback.mockRejectedValue(new Error('No matching state found in storage'));
    await signIn.start();
    expect(signIn.snapshot()).toMatchObject({ state: 'signedIn', problem: { title: /not started here/ } });
  });

  it('says that a sign-in of before has expired', async () => {
    const { signIn, manager } = await signedIn(user(dead));
    expect(signIn.snapshot()).toEqual({ state: 'signedOut', problem: expired });
    expect(manager.stored).toBeNull();
  });

  it('keeps an expired sign-in that can be renewed', async () => {
    const { signIn } = await signedIn(user(dead, 'r1'));
    expect(signIn.snapshot()).toMatchObject({ state: 'signedIn' });
  });

  it('survives a storage that does not work', async () => {
    const { signIn, manager } = setUp();
    manager.getUser.mockRejectedValue(new SyntaxError('Unexpected token'));
    await signIn.start();
    expect(signIn.snapshot()).toEqual({ state: 'signedOut' });
  });
});

const tokenOf = async (signIn: SignIn) => (await signIn.token())?.token;

describe('the library', () => {
  it('is loaded once, and again only if that failed', async () => {
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
  it('is none when nobody is signed in', async () => {
    const { signIn } = setUp();
    await signIn.start();
    expect(await signIn.token()).toBeUndefined();
  });

  it('is the stored one while it is fresh', async () => {
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

  it('is used to its end when it cannot be renewed', async () => {
    const { signIn } = await signedIn(user(stale));
    expect(await tokenOf(signIn)).toBe(stale);
  });

  it('is used after renewal even if it does not last long', async () => {
    const { signIn, manager } = await signedIn(user(dead, 'r1'));
    manager.signinSilent.mockResolvedValue(user(stale, 'r2'));
    expect(await tokenOf(signIn)).toBe(stale);
  });

  it.each<[string, (manager: FakeManager) => unknown]>([
    ['there is no refresh token', (manager) => (manager.stored = user(dead))],
    [
      'the issuer refuses to renew',
      (manager) => manager.signinSilent.mockRejectedValue(new ErrorResponse({ error: 'invalid_grant' })),
    ],
    ['the renewed token has expired too', (manager) => manager.signinSilent.mockResolvedValue(user(dead, 'r1'))],
    ['the tokens were removed', (manager) => (manager.stored = null)],
  ])('says that the sign-in has expired when %s', async (_, happen) => {
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
    ['silence', new ErrorTimeout()],
    ['no network', new TypeError('Failed to fetch')],
    ['a page instead of JSON', new Error('Invalid response Content-Type: text/html')],
  ];

  it.each(passing)('that is still good is used when the renewal fails: %s', async (_, error) => {
    const { signIn, manager } = await signedIn(user(stale, 'r1'));
    manager.signinSilent.mockRejectedValueOnce(error);
    expect(await tokenOf(signIn)).toBe(stale);
    expect(signIn.snapshot()).toEqual({ state: 'signedIn', name: 'alice@example.com' });
    expect(manager.stored).toMatchObject({ access_token: stale, refresh_token: 'r1' });
    expect(await tokenOf(signIn), 'and the issuer is left alone for a while').toBe(stale);
    expect(manager.signinSilent).toHaveBeenCalledOnce();
    vi.advanceTimersByTime(1000);
    expect(await tokenOf(signIn)).toBe(fresh);
  });

  it('is asked for again with longer and longer waits, and one answer is for all', async () => {
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
    expect(await token, 'the session was never given up').toBeDefined();
  });

  it.each(passing.filter(([name]) => name !== 'interaction_required'))(
    'that has expired is not given, but the session stays: %s',
    async (_, error) => {
      const { signIn, manager } = await signedIn(user(dead, 'r1'));
      manager.signinSilent.mockRejectedValueOnce(error);
      await expect(signIn.token()).rejects.not.toThrow('Your sign-in has expired');
      expect(signIn.snapshot()).toMatchObject({ state: 'signedIn' });
      vi.advanceTimersByTime(1000);
      expect(await tokenOf(signIn)).toBe(fresh);
    },
  );

  it('that has expired ends the session where the issuer wants to see the person', async () => {
    const { signIn, manager } = await signedIn(user(dead, 'r1'));
    manager.signinSilent.mockRejectedValueOnce(new ErrorResponse({ error: 'interaction_required' }));
    await expect(signIn.token()).rejects.toThrow('Your sign-in has expired');
    expect(signIn.snapshot()).toEqual({ state: 'signedOut', problem: expired });
  });
});

describe('signIn', () => {
  it('leaves for the issuer', async () => {
    const { signIn, manager } = setUp();
    void signIn.signIn();
    expect(signIn.snapshot()).toEqual({ state: 'leaving' });
    await vi.waitFor(() => expect(manager.signinRedirect).toHaveBeenCalledOnce(), { timeout: 120_000 });
  });

  it('is offered again to who comes back', async () => {
    const { signIn } = setUp();
    await signIn.signIn();
    expect(signIn.snapshot()).toEqual({ state: 'signedOut' });
  });

  it('tells why it cannot leave', async () => {
    const { signIn, manager } = setUp();
    manager.signinRedirect.mockRejectedValue(new TypeError('Failed to fetch'));
    await signIn.signIn();
    expect(signIn.snapshot()).toMatchObject({
      state: 'signedOut',
      problem: { title: 'The sign-in service is out of reach' },
    });
  });
});

describe('signIn of who is signed in already', () => {
  it('leaves the tokens alone until there are others', async () => {
    const { signIn, manager } = await signedIn(user(fresh));
    await signIn.signIn();
    expect(manager.signinRedirect).toHaveBeenCalledOnce();
    expect(signIn.snapshot()).toEqual({ state: 'signedIn', name: 'alice@example.com' });
    expect(await tokenOf(signIn)).toBe(fresh);
  });

  it('tells why it cannot leave', async () => {
    const { signIn, manager } = await signedIn(user(fresh));
    manager.signinRedirect.mockRejectedValue(new TypeError('Failed to fetch'));
    await signIn.signIn();
    expect(signIn.snapshot()).toMatchObject({
      state: 'signedIn',
      problem: { title: 'The sign-in service is out of reach' },
    });
  });
});

describe('signOut', () => {
  it('leaves no token behind that a renewal under way brings afterwards', async () => {
    const { signIn, manager } = await signedIn(user(stale, 'r1'));
    let answer = () => {};
    manager.signinSilent.mockImplementation(async () => {
      await new Promise<void>((resolve) => (answer = resolve));
      manager.stored = user(fresh, 'r2');
      return manager.stored;
    });
    const token = signIn.token();
    await vi.waitFor(() => expect(manager.signinSilent).toHaveBeenCalledOnce(), { timeout: 120_000 });
    await signIn.signOut();
    answer();
    expect(await token).toBeUndefined();
    expect(manager.stored).toBeNull();
    expect(signIn.snapshot()).toEqual({ state: 'signedOut' });
  });

  it('forgets the tokens before it leaves, so that none stands in the address', async () => {
    const { signIn, manager, assign } = await signedIn(user(fresh));
    await signIn.signOut();
    expect(manager.removeUser).toHaveBeenCalledBefore(manager.signoutRedirect);
    expect(manager.signoutRedirect).toHaveBeenCalledOnce();
    expect(assign).not.toHaveBeenCalled();
    expect(await signIn.token()).toBeUndefined();
  });

  it('goes to the configured address', async () => {
    const signOutUrl = 'https://door.auth.example/logout?client_id=console';
    const { signIn, manager, assign } = setUp('/', { signOutUrl });
    manager.stored = user(fresh);
    await signIn.start();
    await signIn.signOut();
    expect(manager.stored).toBeNull();
    expect(assign).toHaveBeenCalledExactlyOnceWith(signOutUrl);
    expect(manager.signoutRedirect).not.toHaveBeenCalled();
  });

  it('says when only this page has forgotten', async () => {
    const { signIn, manager } = await signedIn(user(fresh));
    manager.signoutRedirect.mockRejectedValue(new Error('No end session endpoint'));
    await signIn.signOut();
    expect(manager.stored).toBeNull();
    expect(signIn.snapshot()).toEqual({ state: 'signedOut', problem: stillAtIssuer });
  });
});

describe('the library behind it', () => {
  it('asks for a code with PKCE and keeps everything in this tab', async () => {
    vi.useRealTimers();
    const metadata = { authorization_endpoint: `${config.issuer}/auth` };
    vi.stubGlobal('fetch', async () => Response.json(metadata));
    const assign = vi.spyOn(window.location, 'assign').mockImplementation(() => {});
    void new SignIn(config).signIn();
    await vi.waitFor(() => expect(assign).toHaveBeenCalled(), { timeout: 120_000 });
    const { origin, pathname, searchParams } = new URL(String(assign.mock.calls[0]?.[0]));
    expect(origin + pathname).toBe('https://sign-in.example/auth');
    expect(Object.fromEntries(searchParams)).toMatchObject({
      client_id: 'console',
      response_type: 'code',
      scope: 'openid profile',
      code_challenge_method: 'S256',
      redirect_uri: new URL('/', window.location.href).href,
    });
    expect(Object.keys(sessionStorage)).toEqual([`oidc.${searchParams.get('state')}`]);
    expect(localStorage).toHaveLength(0);
  });
});
