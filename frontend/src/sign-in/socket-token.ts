import { type Claims, claimsOf, timeOf } from './claims';

/** The tokens of a signed-in user, as oidc-client-ts keeps them. */
export type Tokens = {
  readonly access_token: string;
  readonly id_token?: string;
  /** When the access token expires, in Unix seconds by this page's clock, counted from its receipt. */
  readonly expires_at?: number;
};

/** The issuer and the audience that a token for the socket must have. */
export type Wanted = { readonly issuer: string; readonly audience: string };

/** A token for the socket. `expires` is in Unix seconds by this page's clock, undefined if unknown. */
export type SocketToken = { readonly token: string; readonly expires: number | undefined };

/**
 * Returns the token that the socket's authorizer accepts: the access token if it is a JWT of the issuer for the audience,
 * else the ID token if that is for the audience. Not every access token is for the audience: that of Entra is for Microsoft
 * Graph, that of Okta's org server for Okta, that of Keycloak for `account`. If no token matches, it returns the access
 * token, because the authorizer's refusal then has the reason. It returns undefined without any token. `ahead`: by how
 * many seconds this page's clock is ahead of the issuer's.
 */
export function socketToken(tokens: Tokens, wanted: Wanted, ahead = 0): SocketToken | undefined {
  const { access_token: access, id_token: id, expires_at: known } = tokens;
  const claims = claimsOf(access);
  if (!matches(claims, wanted) && id !== undefined) {
    const idClaims = claimsOf(id);
    if (matches(idClaims, wanted)) {
      return { token: id, expires: expiry(idClaims, ahead) };
    }
  }
  return access === '' ? undefined : { token: access, expires: expiry(claims, ahead) ?? known };
}

function expiry(claims: Claims | undefined, ahead: number): number | undefined {
  const exp = timeOf(claims, 'exp');
  return exp === undefined ? undefined : exp + ahead;
}

/** Returns whether the claims have the wanted issuer and audience. Without `aud` (Cognito), `client_id` is the audience. */
function matches(claims: Claims | undefined, { issuer, audience }: Wanted): boolean {
  if (claims?.iss !== issuer) {
    return false;
  }
  const said = Object.hasOwn(claims, 'aud') ? claims.aud : claims.client_id;
  return Array.isArray(said) ? said.includes(audience) : said === audience;
}
