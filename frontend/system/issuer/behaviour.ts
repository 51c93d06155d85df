import type { Claims } from './key';

/** An answer of the token endpoint instead of tokens. */
export interface Answer {
  status: number;
  body: unknown;
}

/**
 * The behaviour of the issuer. The default is a standard issuer: the access token is for the client, and a refresh token is
 * valid once.
 */
export interface Behaviour {
  /** The access token: for the client, for another audience, without aud (Cognito), or not a JWT. */
  accessToken: 'own' | 'foreign' | 'noAudience' | 'opaque';
  /** The audience of a foreign access token. */
  foreignAudience: string;
  /** The authorization request must have this parameter to get an access token for the client. Auth0 demands `audience`. */
  ownWithParameter: string | undefined;
  /** Whether it issues a refresh token only for the scope offline_access. */
  offlineScope: boolean;
  /** The parameters that signing out requires. Without them the answer is 400. */
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

/** The differences of the providers from the standard. docs/identity-providers.md explains them. */
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
