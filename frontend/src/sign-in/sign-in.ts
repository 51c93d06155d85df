import type { User } from 'oidc-client-ts';
import type { Config } from '../config';
import { Store } from '../store';
import { readAhead } from './clock';
import { loadLibrary, loadManager } from './load-manager';
import type { Manager, Page } from './manager';
import { takeNote } from './note';
import { OtherTabs } from './other-tabs';
import {
  Expired,
  endsSession,
  expired,
  explainProblem,
  needsInteraction,
  type Problem,
  signedOutElsewhere,
} from './problem';
import { Renewal } from './renewal';
import type { Session } from './session';
import { type SocketToken, socketToken, type Wanted } from './socket-token';
import { isCopy } from './tab';
import { idOf, nameOf } from './user';

/**
 * A token that expires within this time is renewed before it is used, if possible. The socket requests a new token a
 * minute before the old one expires.
 */
const marginSeconds = 90;

/**
 * Signs in and out with the OpenID Connect code flow with PKCE, in this tab only: tokens are kept in its sessionStorage.
 */
export class SignIn extends Store<Session> {
  readonly #config: Config;
  readonly #wanted: Wanted;
  readonly #load: () => Promise<Manager>;
  readonly #page: Page;
  readonly #isCopy: () => Promise<boolean>;
  #others: OtherTabs | undefined;
  readonly #renewal = new Renewal();
  #loading: Promise<Manager> | undefined;
  #started: Promise<void> | undefined;
  /** The token that was returned last, and the one that the server has refused as expired. */
  #lastToken: string | undefined;
  #refused: string | undefined;
  /** Whether this page signed out: tokens that come afterwards are not kept. */
  #signedOut = false;

  /** The library is loaded when it is needed, after the page is shown. */
  constructor(config: Config, page: Page = window, load = () => loadManager(config, page), copied = isCopy) {
    super({ state: 'restoring' });
    this.#config = config;
    this.#wanted = { issuer: config.issuer, audience: config.audience ?? config.clientId };
    this.#load = load;
    this.#page = page;
    this.#isCopy = copied;
  }

  /** Completes a sign-in with the issuer's answer, or restores the stored one. Only the first call has an effect. */
  start(): Promise<void> {
    this.#others ??= new OtherTabs((user) => void this.#signedOutElsewhere(user));
    this.#started ??= this.#restore();
    return this.#started;
  }

  /**
   * Opens the issuer's page. It returns only if that fails, or when the user comes back with "Back": a signed-in user is
   * then still signed in.
   */
  async signIn(): Promise<void> {
    this.set({ state: 'leaving' });
    let problem: Problem | undefined;
    try {
      const manager = await this.#manager();
      await this.#openIssuer(manager);
    } catch (error) {
      problem = this.#explain(error);
    }
    await this.#show(problem);
  }

  /**
   * Revokes the refresh token, deletes all tokens, then opens the page that ends the session at the issuer. If that is not
   * possible, the user stays on this page, signed out, and sees the problem.
   */
  async signOut(): Promise<void> {
    const { running } = this.#renewal;
    this.set({ state: 'leaving' });
    this.#signedOut = true;
    let problem: Problem | undefined;
    try {
      const manager = await this.#manager();
      const { signOut } = await loadLibrary();
      const renewal = running ?? this.#renewal.running;
      problem = await signOut({ manager, config: this.#config, page: this.#page, renewal });
    } catch (error) {
      problem = this.#explain(error);
    }
    this.set({ state: 'signedOut', ...(problem && { problem }) });
  }

  /** Informs the user's other tabs that they are signed out, too. */
  signedOutEverywhere(): void {
    const session = this.snapshot();
    if (session.state === 'signedIn') {
      this.#others?.notify(session.id);
    }
  }

  /** The user signed out everywhere, in another tab or on another device: revokes and deletes the tokens here. */
  async endHere(): Promise<void> {
    if (this.snapshot().state !== 'signedIn') {
      return;
    }
    const { running } = this.#renewal;
    this.#signedOut = true;
    this.set({ state: 'signedOut', problem: signedOutElsewhere });
    const manager = await this.#manager();
    const { forget } = await loadLibrary();
    await forget(manager, () => running ?? this.#renewal.running);
  }

  /**
   * Returns a token for the socket, renewed if it is about to expire; undefined if nobody is signed in. It waits until the
   * stored sign-in is restored. It throws, with a message for the user: Expired if the sign-in has expired, another error
   * if the token cannot be renewed now.
   */
  async token(): Promise<SocketToken | undefined> {
    await this.#started;
    if (this.snapshot().state !== 'signedIn') {
      return undefined;
    }
    const manager = await this.#manager();
    const user = await this.#freshUser(manager);
    if (this.#signedOut) {
      await manager.removeUser();
      return undefined;
    }
    const token = user && this.#secondsLeft(user) > 0 ? socketToken(user, this.#wanted, this.ahead) : undefined;
    if (!token) {
      await this.#expire();
      throw new Expired();
    }
    this.#lastToken = token.token;
    return token;
  }

  /**
   * Marks a token as expired, because the server refused it, even if this page's clock says otherwise. The default is the
   * token that was returned last. The next call of `token` renews it first.
   */
  refuse(token = this.#lastToken): void {
    this.#refused = token;
  }

  /** By how many seconds this page's clock is ahead of the issuer's, measured when the tokens came. */
  get ahead(): number {
    return readAhead();
  }

  async #signedOutElsewhere(user: string): Promise<void> {
    await this.#started; // before that, the user of this page is not known
    const session = this.snapshot();
    if (session.state === 'signedIn' && session.id === user) {
      await this.endHere();
    }
  }

  async #restore(): Promise<void> {
    let problem: Problem | undefined;
    try {
      problem = takeNote();
      const manager = await this.#manager();
      const url = this.#page.location.href;
      const copied = await this.#isCopy();
      if (copied && !isAnswer(url)) {
        await this.#getOwnTokens(manager);
      }
      if (isAnswer(url)) {
        // First, even if the sign-in fails: the code must not stay in the history.
        this.#page.history.replaceState(null, '', '/');
        await manager.signinRedirectCallback(url);
      }
    } catch (error) {
      problem = this.#explain(error);
    }
    await this.#show(problem);
  }

  /**
   * A copy of a tab has the refresh token of the other tab. An issuer that rotates refresh tokens treats the second use as
   * theft and ends both sessions. So the copy deletes the token and requests its own, without an action of the user.
   */
  async #getOwnTokens(manager: Manager): Promise<void> {
    const user = await manager.getUser();
    if (user?.refresh_token) {
      delete user.refresh_token;
      await manager.storeUser(user);
      this.set({ state: 'leaving' });
      await this.#openIssuer(manager, { prompt: 'none' });
    }
  }

  /** Opens the issuer's sign-in page. */
  async #openIssuer(manager: Manager, also: Readonly<Record<string, string>> = {}): Promise<void> {
    await manager.signinRedirect({
      nonce: crypto.randomUUID(),
      extraQueryParams: { ...this.#config.authorizationParameters, ...also },
    });
  }

  /** Sets the session from the stored user, if there is a usable one. */
  async #show(problem?: Problem): Promise<void> {
    const user = await this.#manager()
      .then((manager) => manager.getUser())
      .catch(() => null);
    if (user && !user.refresh_token && this.#secondsLeft(user) <= 0) {
      await this.#expire();
      return;
    }
    const also = problem && { problem };
    const fixed = user?.refresh_token ? undefined : ({ renewable: false } as const);
    this.set(
      user
        ? { state: 'signedIn', id: idOf(user), name: nameOf(user), ...fixed, ...also }
        : { state: 'signedOut', ...also },
    );
  }

  /**
   * Returns the stored user, with renewed tokens if necessary; null if the session has ended. Only an answer of the issuer
   * ends it. After another failure a token that is still valid is used and renewed later; without one it throws.
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
      if (needsInteraction(error)) {
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

  /** Returns for how many seconds the socket's token is still valid; Infinity if its expiry is unknown. */
  #secondsLeft(user: User): number {
    const { token, expires } = socketToken(user, this.#wanted, this.ahead) ?? {};
    if (token !== undefined && token === this.#refused) {
      return 0;
    }
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

function isAnswer(url: string): boolean {
  const { searchParams } = new URL(url);
  return searchParams.has('state') && (searchParams.has('code') || searchParams.has('error'));
}
