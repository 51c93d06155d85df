/** The tokens of a signed-in user, as oidc-client-ts keeps them. */
export type Tokens = {
  readonly access_token: string;
  readonly id_token?: string;
  /** Unix seconds at which the access token expires. */
  readonly expires_at?: number;
};

/** A token for the socket. `expires` is in Unix seconds, undefined if nobody tells. */
export type SocketToken = { readonly token: string; readonly expires: number | undefined };

/**
 * Chooses the token that the socket's authorizer can verify: the access token
 * if it is a JWT, else the ID token, which always is one. Undefined if neither is there.
 */
export function socketToken(tokens: Tokens): SocketToken | undefined {
  if (isJwt(tokens.access_token)) {
    return { token: tokens.access_token, expires: expiry(tokens.access_token) ?? tokens.expires_at };
  }
  return tokens.id_token === undefined ? undefined : { token: tokens.id_token, expires: expiry(tokens.id_token) };
}

function isJwt(token: string): boolean {
  return token.split('.').length === 3;
}

/** Reads "exp" without verifying anything: it only saves a futile attempt. */
function expiry(token: string): number | undefined {
  try {
    const payload = (token.split('.')[1] ?? '').replaceAll('-', '+').replaceAll('_', '/');
    const claims: unknown = JSON.parse(atob(payload));
    const exp = (claims as { exp?: unknown } | null)?.exp;
    return typeof exp === 'number' ? exp : undefined;
  } catch {
    return undefined;
  }
}
