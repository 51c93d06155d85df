import {
  type SigninRedirectArgs,
  type SigninSilentArgs,
  type User,
  UserManager,
  WebStorageStateStore,
} from 'oidc-client-ts';
import type { Config } from '../config';
import { storedTheme } from '../theme';
import { issuerTime, removeAhead, storeAhead } from './clock';
import { BadIdToken, checkIdToken, issuerKeys, KeysMissing } from './id-token';

// The page needs both only after this file is loaded.
export { forget, signOut } from './sign-out';

/** The part of ConsoleManager that SignIn uses. */
export type Manager = Pick<
  ConsoleManager,
  | 'home'
  | 'revoke'
  | 'endSession'
  | 'getUser'
  | 'storeUser'
  | 'removeUser'
  | 'signinRedirect'
  | 'signinRedirectCallback'
  | 'signinSilent'
>;

/** The part of the browser window that SignIn uses. */
export type Page = {
  readonly location: Pick<Location, 'href' | 'assign'>;
  readonly history: Pick<History, 'replaceState'>;
};

/** The longest wait for an answer of the issuer, in seconds. */
const timeoutSeconds = 10;

/** The largest difference of the clocks, in seconds. With a larger one, the token may be an old one that was replayed. */
const maxDifference = 24 * 60 * 60;

/** Returns the library, configured for this page. It throws if the browser blocks storage. */
export function newManager(config: Config, page: Page): ConsoleManager {
  return new ConsoleManager(config, page);
}

/**
 * oidc-client-ts checks neither the signature of an ID token nor the issuer of the discovery document. This class checks
 * both before it stores tokens.
 */
export class ConsoleManager extends UserManager {
  /** The address to which the issuer sends the user back: the page's own. */
  readonly home: string;
  readonly #config: Config;
  #keys: ReturnType<typeof issuerKeys> | undefined;
  /** Whether a renewal is under way. */
  #renewing = false;

  constructor(config: Config, page: Page) {
    const home = new URL('/', page.location.href).href;
    super({
      authority: config.issuer,
      client_id: config.clientId,
      scope: config.scope,
      redirect_uri: home,
      userStore: new WebStorageStateStore({ store: sessionStorage }),
      stateStore: new WebStorageStateStore({ store: sessionStorage }),
      // A token is renewed when one is needed. Without a refresh token the
      // library would try a hidden frame, which the site's policy forbids.
      automaticSilentRenew: false,
      requestTimeoutInSeconds: timeoutSeconds,
      silentRequestTimeoutInSeconds: timeoutSeconds,
    });
    this.home = home;
    this.#config = config;
    this.#compareIssuers();
  }

  /** The page of the local issuer gets the theme. Other issuers may refuse a parameter that they do not know. */
  override signinRedirect(args?: SigninRedirectArgs): Promise<void> {
    const theme = storedTheme();
    return super.signinRedirect(
      this.#config.local && theme !== 'system' ? { ...args, extraQueryParams: { theme } } : args,
    );
  }

  override async signinSilent(args?: SigninSilentArgs): Promise<User | null> {
    this.#renewing = true;
    try {
      return await super.signinSilent(args);
    } finally {
      this.#renewing = false;
    }
  }

  /** Stores the user if the ID token is valid. Null deletes the stored user. It throws BadIdToken or KeysMissing. */
  override async storeUser(user: User | null): Promise<void> {
    if (user) {
      await this.#check(user);
    } else {
      removeAhead();
    }
    await super.storeUser(user);
  }

  /** Revokes a refresh token where the issuer has an endpoint for that. It rejects if that fails. */
  async revoke(refreshToken: string): Promise<void> {
    const endpoint = await this.metadataService.getRevocationEndpoint();
    if (!endpoint) {
      return;
    }
    // The library refuses every answer that is not JSON, but only the status counts (RFC 7009, section 2.2).
    const { ok, status } = await fetch(endpoint, {
      method: 'POST',
      body: new URLSearchParams({
        token: refreshToken,
        token_type_hint: 'refresh_token',
        client_id: this.#config.clientId,
      }),
      signal: AbortSignal.timeout(timeoutSeconds * 1000),
    });
    if (!ok) {
      throw new Error(`The revocation endpoint answered ${status}.`);
    }
  }

  /**
   * Returns the end_session_endpoint, or undefined if the issuer has none. It rejects if the issuer does not answer now,
   * even if the endpoint is known.
   */
  async endSession(): Promise<string | undefined> {
    await fetch(this.settings.metadataUrl, { cache: 'no-store', signal: AbortSignal.timeout(timeoutSeconds * 500) });
    return await this.metadataService.getEndSessionEndpoint();
  }

  async #check(user: User): Promise<void> {
    const now = Date.now() / 1000;
    const before = await this.getUser();
    const isNew = user.id_token !== before?.id_token;
    const issuedAt = issuerTime({ ...tokensOf(user), expires_in: user.expires_in }, isNew);
    try {
      if (isNew) {
        await this.#checkIdToken(user.id_token, now, issuedAt);
      }
    } catch (error) {
      if (!this.#renewing || !before?.id_token || !(error instanceof KeysMissing)) {
        throw error;
      }
      // The old refresh token is used up, so the new tokens must be stored. The old ID token is kept.
      user.id_token = before.id_token;
      user.profile = before.profile;
    }
    if (issuedAt !== undefined && (isNew || user.access_token !== before?.access_token)) {
      storeAhead(now - issuedAt);
    }
  }

  /**
   * The token has just come directly from the issuer. So it is checked against the issuer's time, which the tokens contain,
   * and only roughly against this page's clock, which may be wrong by hours.
   */
  async #checkIdToken(token: string | undefined, now: number, issuedAt: number | undefined): Promise<void> {
    if (token === undefined) {
      throw new BadIdToken('it has no ID token');
    }
    if (issuedAt !== undefined && Math.abs(now - issuedAt) > maxDifference) {
      const times = `${new Date(issuedAt * 1000).toISOString()}, and this device's clock says ${new Date(now * 1000).toISOString()}`;
      throw new BadIdToken(`the issuer's time is ${times}. If that is wrong, set the clock of this device`);
    }
    const url = await this.metadataService.getKeysEndpoint(false);
    this.#keys ??= issuerKeys(String(url), timeoutSeconds * 1000);
    await checkIdToken(token, this.#config, this.#keys, issuedAt ?? now);
  }

  /** Refuses a discovery document that names another issuer, because its endpoints cannot be trusted. */
  #compareIssuers(): void {
    const { metadataService } = this;
    const getMetadata = metadataService.getMetadata.bind(metadataService);
    metadataService.getMetadata = async () => {
      const metadata = await getMetadata();
      if (metadata.issuer !== this.#config.issuer) {
        throw new Error(
          `The discovery document names the issuer ${JSON.stringify(metadata.issuer)}. The configuration must have the same, to the letter`,
        );
      }
      return metadata;
    };
  }
}

function tokensOf({ access_token, id_token }: User): { access_token: string; id_token?: string } {
  return id_token === undefined ? { access_token } : { access_token, id_token };
}
