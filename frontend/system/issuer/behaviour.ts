import type { Claims } from './key';

/** An answer of the token endpoint instead of tokens. */
export interface Answer {
  status: number;
  body: unknown;
}

/**
 * How the issuer behaves. The defaults are those of an issuer that keeps to the
 * standards: an access token for the client, a refresh token that is used once.
 */
export interface Behaviour {
  /** The access token: for the client, for somebody else, without aud as Cognito's, or no JWT at all. */
  accessToken: 'own' | 'foreign' | 'noAudience' | 'opaque';
  /** The audience of a foreign access token. */
  foreignAudience: string;
  /** The authorization request must have this parameter to get an access token of its own, as Auth0 wants audience. */
  ownWithParameter: string | undefined;
  /** A refresh token only for the scope offline_access. */
  offlineScope: boolean;
  /** The parameters that signing out needs; without them, the answer is 400. */
  signOutNeeds: readonly string[];
  /** Answers to the next requests with a refresh token. */
  renewals: Answer[];
  /** Changes the claims of ID tokens, and of access tokens. */
  idToken: (claims: Claims) => Claims;
  accessClaims: (claims: Claims, nth: number) => Claims;
  /** Changes the discovery document. */
  document: (document: Record<string, unknown>) => Record<string, unknown>;
  /** Signs ID tokens with a key that is not published. */
  forged: boolean;
}

export const standard: Behaviour = {
  accessToken: 'own',
  foreignAudience: 'account',
  ownWithParameter: undefined,
  offlineScope: false,
  signOutNeeds: [],
  renewals: [],
  idToken: (claims) => claims,
  accessClaims: (claims) => claims,
  document: (document) => document,
  forged: false,
};

/** Providers as far as they differ from the standard; docs/identity-providers.md says why. */
export const providers = {
  standard: {},
  entra: { accessToken: 'foreign', foreignAudience: '00000003-0000-0000-c000-000000000000', offlineScope: true },
  okta: {
    accessToken: 'foreign',
    foreignAudience: 'https://chat.okta.com',
    offlineScope: true,
    signOutNeeds: ['id_token_hint'],
    document: (d) => ({ ...d, end_session_endpoint: new URL('/oauth2/default/v1/logout', String(d.issuer)).href }),
  },
  auth0: { ownWithParameter: 'audience', accessToken: 'opaque', offlineScope: true },
  keycloak: { accessToken: 'foreign', foreignAudience: 'account' },
  cognito: { accessToken: 'noAudience', signOutNeeds: ['client_id', 'logout_uri'] },
  google: { accessToken: 'opaque' },
} satisfies Record<string, Partial<Behaviour>>;
