import type { User } from 'oidc-client-ts';
import type { Config } from '../config';
import { Store } from '../store';
import type { Manager, Page } from './manager';
import { Expired, endsSession, expired, explainProblem, needsPerson, type Problem, stillAtIssuer } from './problem';
import { Renewal } from './renewal';
import { type SocketToken, socketToken, type Wanted } from './socket-token';

/** Who is signed in on this page. `problem` is what went wrong last. */
export type Session =
  /** Not known yet: a sign-in is being finished or looked up. */
  | { readonly state: 'restoring' }
  | { readonly state: 'signedOut'; readonly problem?: Problem }
  | { readonly state: 'signedIn'; readonly name: string; readonly problem?: Problem }
  /** On the way to the issuer's page. */
  | { readonly state: 'leaving' };

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
  readonly #wanted: Wanted;
  readonly #load: () => Promise<Manager>;
  readonly #page: Page;
  readonly #renewal = new Renewal();
  #loading: Promise<Manager> | undefined;
  #started: Promise<void> | undefined;
  /** Whether this page signed out: tokens that come afterwards are not kept. */
  #signedOut = false;

  /** The library is loaded when it is needed, which is after the page is seen. */
  constructor(config: Config, page: Page = window, load = () => loadManager(config, page)) {
    super({ state: 'restoring' });
    this.#config = config;
    this.#wanted = { issuer: config.issuer, audience: config.audience ?? config.clientId };
    this.#load = load;
    this.#page = page;
  }

  /** Finishes a sign-in that the issuer answered, or finds the one of before. Only the first call does something. */
  start(): Promise<void> {
    this.#started ??= this.#restore();
    return this.#started;
  }

  /**
   * Goes to the issuer's page. It returns early only if that fails, or when the user comes back by "Back": who was
   * signed in still is.
   */
  async signIn(): Promise<void> {
    this.set({ state: 'leaving' });
    let problem: Problem | undefined;
    try {
      const manager = await this.#manager();
      await manager.signinRedirect();
    } catch (error) {
      problem = this.#explain(error);
    }
    await this.#show(problem);
  }

  /**
   * Forgets the tokens, then goes to the issuer's page that ends the session
   * there. Forgetting comes first, so that the ID token does not travel in
   * that page's address; the client id stands for it.
   */
  async signOut(): Promise<void> {
    this.set({ state: 'leaving' });
    this.#signedOut = true;
    const manager = await this.#manager();
    await manager.removeUser();
    try {
      if (this.#config.signOutUrl === undefined) {
        await manager.signoutRedirect();
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
    const manager = await this.#manager();
    const user = await this.#freshUser(manager);
    if (this.#signedOut) {
      await manager.removeUser();
      return undefined;
    }
    const token = user && this.#secondsLeft(user) > 0 ? socketToken(user, this.#wanted) : undefined;
    if (!token) {
      await this.#expire();
      throw new Expired();
    }
    return token;
  }

  async #restore(): Promise<void> {
    let problem: Problem | undefined;
    try {
      const manager = await this.#manager();
      const url = this.#page.location.href;
      if (isAnswer(url)) {
        // At once, whatever comes of it: the code must not stay in the history.
        this.#page.history.replaceState(null, '', '/');
        await manager.signinRedirectCallback(url);
      }
    } catch (error) {
      problem = this.#explain(error);
    }
    await this.#show(problem);
  }

  /** Shows the stored user, if there is one that can still be used. */
  async #show(problem?: Problem): Promise<void> {
    const user = await this.#manager()
      .then((manager) => manager.getUser())
      .catch(() => null);
    if (user && !user.refresh_token && this.#secondsLeft(user) <= 0) {
      await this.#expire();
      return;
    }
    const also = problem && { problem };
    this.set(user ? { state: 'signedIn', name: nameOf(user), ...also } : { state: 'signedOut', ...also });
  }

  /**
   * The stored user, with renewed tokens if that is due; null if the session has ended. Only an answer that says so ends
   * it. After any other failure a token that is still good is used, and renewed a little later; without one it throws.
   */
  async #freshUser(manager: Manager): Promise<User | null> {
    const user = await manager.getUser();
    const left = user ? this.#secondsLeft(user) : 0;
    if (!user?.refresh_token || left >= marginSeconds || (left > 0 && !this.#renewal.due)) {
      return user;
    }
    try {
      return await this.#renewal.renew(manager);
    } catch (error) {
      if (this.#signedOut || endsSession(error)) {
        return null;
      }
      if (this.#secondsLeft(user) > 0) {
        return user;
      }
      if (needsPerson(error)) {
        return null;
      }
      const { title, text } = this.#explain(error);
      throw new Error(`${title}: ${text}`);
    }
  }

  /** Loads the library once, and again only if that failed. */
  async #manager(): Promise<Manager> {
    this.#loading ??= this.#load();
    try {
      return await this.#loading;
    } catch (error) {
      this.#loading = undefined;
      throw error;
    }
  }

  /** How long the socket's token is still good; for ever if nobody tells. */
  #secondsLeft(user: User): number {
    const expires = socketToken(user, this.#wanted)?.expires;
    return expires === undefined ? Number.POSITIVE_INFINITY : expires - Date.now() / 1000;
  }

  async #expire(): Promise<void> {
    const manager = await this.#manager();
    await manager.removeUser();
    this.set({ state: 'signedOut', problem: expired });
  }

  #explain(error: unknown): Problem {
    return explainProblem(error, this.#config.issuer);
  }
}

async function loadManager(config: Config, page: Page): Promise<Manager> {
  const { newManager } = await import('./manager').catch(() => {
    throw new Error('A part of this page could not be loaded. Load the page again.');
  });
  return newManager(config, page);
}

function isAnswer(url: string): boolean {
  const { searchParams } = new URL(url);
  return searchParams.has('state') && (searchParams.has('code') || searchParams.has('error'));
}

function nameOf({ profile }: User): string {
  return profile.preferred_username ?? profile.email ?? profile.name ?? profile.sub;
}
