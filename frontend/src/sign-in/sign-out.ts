import type { User } from 'oidc-client-ts';
import type { Config } from '../config';
import type { Manager, Page } from './manager';
import { noteRevocation } from './note';
import { idTokenDemanded, notRevoked, type Problem, stillAtIssuer } from './problem';

/** The longest wait for a renewal under way, and for the revocation, in milliseconds. */
const timeout = 5000;

/** The arguments of signOut: the library, the configuration, the page, and the renewal under way, if there is one. */
export type Leaving = {
  readonly manager: Manager;
  readonly config: Config;
  readonly page: Page;
  readonly renewal: Promise<User | null> | undefined;
};

/**
 * Revokes the refresh token, deletes all tokens, then opens the page that ends the session at the issuer. It deletes the
 * tokens even if another step fails. The promise resolves with the problem to show to the user, if there is one.
 */
export async function signOut({ manager, config, page, renewal }: Leaving): Promise<Problem | undefined> {
  const user = (await renewedUser(renewal)) ?? (await manager.getUser().catch(() => null));
  const revoked = await revoke(manager, user);
  await manager.removeUser();
  try {
    const address = await signOutAddress(manager, config, user?.id_token);
    if (typeof address !== 'string') {
      return revoked ? address : both(address, notRevoked);
    }
    if (!revoked) {
      noteRevocation();
    }
    page.location.assign(address);
    return undefined;
  } catch {
    return revoked ? stillAtIssuer : both(stillAtIssuer, notRevoked);
  }
}

/** Deletes all tokens at once, then revokes the refresh token, without leaving the page. `renewal` returns the one under way. */
export async function forget(manager: Manager, renewal: () => Leaving['renewal']): Promise<void> {
  const user = await manager.getUser();
  await manager.removeUser();
  const renewed = await renewedUser(renewal());
  if (renewed) {
    await manager.removeUser(); // the renewal stored the new tokens
  }
  await revoke(manager, renewed ?? user);
}

/** Waits for a renewal under way. It brings a newer refresh token, which is the one to revoke. */
async function renewedUser(renewal: Leaving['renewal']): Promise<User | null | undefined> {
  return await within(timeout, renewal).catch(() => undefined);
}

/** Revokes the refresh token without leaving the page. It returns false if that failed. */
async function revoke(manager: Manager, user: User | null): Promise<boolean> {
  if (!user?.refresh_token) {
    return true;
  }
  try {
    await within(timeout, manager.revoke(user.refresh_token));
    return true;
  } catch {
    return false;
  }
}

/** Returns the address that ends the session at the issuer, or the reason why there is none. It throws if the issuer cannot be reached. */
async function signOutAddress(
  manager: Manager,
  config: Config,
  idToken: string | undefined,
): Promise<string | Problem> {
  const endpoint = await manager.endSession(); // also for a configured address, so that the user does not end on a browser's error page
  if (config.signOutUrl !== undefined) {
    return config.signOutUrl;
  }
  if (endpoint === undefined) {
    return stillAtIssuer;
  }
  const address = new URL(endpoint);
  address.searchParams.set('client_id', config.clientId);
  if (isCognito(config.issuer)) {
    address.searchParams.set('logout_uri', manager.home);
    return address.href;
  }
  const hint = config.idTokenHint ? idToken : undefined;
  if (hint === undefined && isOkta(address)) {
    return idTokenDemanded;
  }
  address.searchParams.set('post_logout_redirect_uri', manager.home);
  if (hint !== undefined) {
    address.searchParams.set('id_token_hint', hint);
  }
  return address.href;
}

/** Cognito has an end_session_endpoint in its discovery document, but answers 400 to the standard parameters. */
function isCognito(issuer: string): boolean {
  return /^cognito-idp\.[\w-]+\.amazonaws\.com(\.cn)?$/.test(new URL(issuer).hostname);
}

/** Okta answers 400 without id_token_hint. Its path identifies it, because an organization may use its own domain. */
function isOkta({ pathname }: URL): boolean {
  return /^\/oauth2\/([^/]+\/)?v1\/logout$/.test(pathname);
}

function both(first: Problem, second: Problem): Problem {
  return { title: first.title, text: `${first.text} ${second.text}` };
}

/** Returns the result of the promise. It rejects if that takes more milliseconds. */
function within<T>(milliseconds: number, promise: Promise<T> | undefined): Promise<T | undefined> {
  const late = new Promise<never>((_, reject) => {
    setTimeout(() => reject(new Error('It took too long.')), milliseconds);
  });
  return Promise.race([promise, late]);
}
