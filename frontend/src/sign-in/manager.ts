import { UserManager, WebStorageStateStore } from 'oidc-client-ts';
import type { Config } from '../config';

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

/** The library, set up for this page. It throws if the browser allows no storage. */
export function newManager(config: Config, page: Page): UserManager {
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
