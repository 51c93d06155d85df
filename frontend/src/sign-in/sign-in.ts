import { ErrorResponse, type User, UserManager, WebStorageStateStore } from 'oidc-client-ts';
import type { Config } from '../config';
import { Store } from '../store';
import { Expired, expired, explainProblem, type Problem, stillAtIssuer } from './problem';
import { type SocketToken, socketToken } from './socket-token';

/** Who is signed in on this page. `problem` is what went wrong last. */
export type Session =
  /** Not known yet: a sign-in is being finished or looked up. */
  | { readonly state: 'restoring' }
  | { readonly state: 'signedOut'; readonly problem?: Problem }
  | { readonly state: 'signedIn'; readonly name: string; readonly problem?: Problem }
  /** On the way to the issuer's page. */
  | { readonly state: 'leaving' };

/** The part of oidc-client-ts's UserManager that SignIn uses. */
export type Manager = Pick<
  UserManager,
  'getUser' | 'removeUser' | 'signinRedirect' | 'signinRedirectCallback' | 'signinSilent' | 'signoutRedirect'
>;

/** The part of the browser window that SignIn uses. */
export type Page = {
  readonly location: Pick<Location, 'href' | 'assign'>;
  readonly history: Pick<History, 'replaceState'>;
};

/** How long an answer of the issuer may take. */
const timeoutSeconds = 10;

/**
 * A token that expires within this time is renewed before it is used, if it
 * can be. The socket asks for a fresh one a minute before it expires.
 */
const marginSeconds = 90;

/**
 * Signs in and out by the OpenID Connect code flow with PKCE, in this tab
 * only: tokens are kept in its sessionStorage.
 */
export class SignIn extends Store<Session> {
  readonly #config: Config;
  readonly #manager: Manager;
  readonly #page: Page;
  #started: Promise<void> | undefined;
  #renewal: Promise<User | null> | undefined;

  constructor(config: Config, page: Page = window, manager: Manager = newManager(config, page)) {
    super({ state: 'restoring' });
    this.#config = config;
    this.#manager = manager;
    this.#page = page;
  }

  /** Finishes a sign-in that the issuer answered, or finds the one of before. Only the first call does something. */
  start(): Promise<void> {
    this.#started ??= this.#restore();
    return this.#started;
  }

  /** Goes to the issuer's page. It returns early only if that fails, or when the user comes back by "Back". */
  async signIn(): Promise<void> {
    this.set({ state: 'leaving' });
    try {
      await this.#manager.signinRedirect();
      this.set({ state: 'signedOut' });
    } catch (error) {
      this.set({ state: 'signedOut', problem: this.#explain(error) });
    }
  }

  /**
   * Forgets the tokens, then goes to the issuer's page that ends the session
   * there. Forgetting comes first, so that the ID token does not travel in
   * that page's address; the client id stands for it.
   */
  async signOut(): Promise<void> {
    this.set({ state: 'leaving' });
    await this.#manager.removeUser();
    try {
      if (this.#config.signOutUrl === undefined) {
        await this.#manager.signoutRedirect();
      } else {
        this.#page.location.assign(this.#config.signOutUrl);
      }
      this.set({ state: 'signedOut' });
    } catch {
      this.set({ state: 'signedOut', problem: stillAtIssuer });
    }
  }

  /**
   * A token for the socket, renewed if it is about to expire; undefined when
   * nobody is signed in. It throws, with a message for the user: Expired when
   * the sign-in has expired, another error when it cannot be renewed now.
   */
  async token(): Promise<SocketToken | undefined> {
    if (this.snapshot().state !== 'signedIn') {
      return undefined;
    }
    let user = await this.#manager.getUser();
    if (user?.refresh_token && secondsLeft(user) < marginSeconds) {
      user = await this.#renew();
    }
    const token = user && secondsLeft(user) > 0 ? socketToken(user) : undefined;
    if (!token) {
      await this.#expire();
      throw new Expired();
    }
    return token;
  }

  async #restore(): Promise<void> {
    let problem: Problem | undefined;
    try {
      const url = this.#page.location.href;
      if (isAnswer(url)) {
        // At once, whatever comes of it: the code must not stay in the history.
        this.#page.history.replaceState(null, '', '/');
        await this.#manager.signinRedirectCallback(url);
      }
    } catch (error) {
      problem = this.#explain(error);
    }
    await this.#show(problem);
  }

  /** Shows the stored user, if there is one that can still be used. */
  async #show(problem?: Problem): Promise<void> {
    const user = await this.#manager.getUser().catch(() => null);
    if (user && !user.refresh_token && secondsLeft(user) <= 0) {
      await this.#expire();
      return;
    }
    const also = problem && { problem };
    this.set(user ? { state: 'signedIn', name: nameOf(user), ...also } : { state: 'signedOut', ...also });
  }

  /** Renews once, however many ask: an issuer may take a refresh token only once. */
  async #renew(): Promise<User | null> {
    this.#renewal ??= this.#manager.signinSilent();
    try {
      return await this.#renewal;
    } catch (error) {
      if (error instanceof ErrorResponse) {
        return null;
      }
      const { title, text } = this.#explain(error);
      throw new Error(`${title}: ${text}`);
    } finally {
      this.#renewal = undefined;
    }
  }

  async #expire(): Promise<void> {
    await this.#manager.removeUser();
    this.set({ state: 'signedOut', problem: expired });
  }

  #explain(error: unknown): Problem {
    return explainProblem(error, this.#config.issuer);
  }
}

function newManager(config: Config, page: Page): UserManager {
  const home = new URL('/', page.location.href).href;
  return new UserManager({
    authority: config.issuer,
    client_id: config.clientId,
    scope: config.scope,
    redirect_uri: home,
    post_logout_redirect_uri: home,
    userStore: new WebStorageStateStore({ store: sessionStorage }),
    stateStore: new WebStorageStateStore({ store: sessionStorage }),
    // A token is renewed when one is needed. Without a refresh token the
    // library would try a hidden frame, which the site's policy forbids.
    automaticSilentRenew: false,
    requestTimeoutInSeconds: timeoutSeconds,
    silentRequestTimeoutInSeconds: timeoutSeconds,
  });
}

function isAnswer(url: string): boolean {
  const { searchParams } = new URL(url);
  return searchParams.has('state') && (searchParams.has('code') || searchParams.has('error'));
}

/** How long the socket's token is still good; for ever if nobody tells. */
function secondsLeft(user: User): number {
  const expires = socketToken(user)?.expires;
  return expires === undefined ? Number.POSITIVE_INFINITY : expires - Date.now() / 1000;
}

function nameOf({ profile }: User): string {
  return profile.preferred_username ?? profile.email ?? profile.name ?? profile.sub;
}
