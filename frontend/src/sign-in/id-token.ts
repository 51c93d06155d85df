import { createRemoteJWKSet, errors, type JWTPayload, type JWTVerifyGetKey, jwtVerify } from 'jose';

/** The issuer and the audience that an ID token must have. */
export type Expected = { readonly issuer: string; readonly clientId: string };

/** The error for an ID token that is not valid. */
export class BadIdToken extends Error {
  override name = 'BadIdToken';
}

/** The error for an ID token that could not be checked, because the issuer's keys could not be fetched. */
export class KeysMissing extends Error {
  override name = 'KeysMissing';
}

/** The algorithms that the server accepts, too. None is symmetric, because a page cannot keep a secret. */
const algorithms = ['RS256', 'ES256', 'EdDSA'];

/** The difference between an issuer's own clocks that is tolerated, in seconds. */
const tolerance = 30;

/** Returns the issuer's keys. They are fetched when a token needs a key that is not known yet. */
export function issuerKeys(url: string, timeoutMilliseconds: number): JWTVerifyGetKey {
  const keys = createRemoteJWKSet(new URL(url), {
    timeoutDuration: timeoutMilliseconds,
    cacheMaxAge: Number.POSITIVE_INFINITY,
    cooldownDuration: 1000,
  });
  return async (header, token) => {
    try {
      return await keys(header, token);
    } catch (error) {
      if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) {
        throw error;
      }
      const reason = error instanceof Error ? error.message : String(error);
      throw new KeysMissing(`the keys of its issuer could not be fetched from ${url} (${reason})`);
    }
  };
}

/**
 * Checks an ID token as OpenID Connect Core says in 3.1.3.7; the library has compared the nonce before. `now` is the
 * time in Unix seconds at which it must be valid. Throws BadIdToken or KeysMissing.
 */
export async function checkIdToken(
  token: string,
  expected: Expected,
  keys: JWTVerifyGetKey,
  now: number,
): Promise<void> {
  let claims: JWTPayload;
  try {
    const options = {
      issuer: expected.issuer,
      audience: expected.clientId,
      algorithms,
      requiredClaims: ['sub', 'iat', 'exp'],
      currentDate: new Date(now * 1000),
      clockTolerance: tolerance,
    };
    claims = (await jwtVerify(token, keys, options)).payload;
  } catch (error) {
    throw error instanceof KeysMissing ? error : new BadIdToken(explain(error, expected));
  }
  checkParty(claims, expected.clientId);
}

/** Checks that the token was issued to this client. With several audiences, `azp` must name it. */
function checkParty({ aud, azp }: JWTPayload, clientId: string): void {
  if (azp === undefined ? Array.isArray(aud) && aud.length > 1 : azp !== clientId) {
    throw new BadIdToken(`the ID token was issued to another client: azp is ${shown(azp)}, not "${clientId}"`);
  }
}

function explain(error: unknown, { issuer, clientId }: Expected): string {
  if (error instanceof errors.JWTExpired) {
    return 'the ID token had expired when it was received';
  }
  if (error instanceof errors.JWTClaimValidationFailed) {
    const { claim, payload } = error;
    const wanted = claim === 'iss' ? `, not "${issuer}"` : claim === 'aud' ? `, not "${clientId}"` : '';
    return `a claim of the ID token is wrong: ${claim} is ${shown(payload[claim])}${wanted}`;
  }
  if (error instanceof errors.JWSSignatureVerificationFailed || error instanceof errors.JWKSNoMatchingKey) {
    return 'the ID token is not signed with a key that the issuer publishes';
  }
  if (error instanceof errors.JOSEAlgNotAllowed) {
    return `the ID token is signed with an algorithm other than ${algorithms.join(', ')}`;
  }
  return `the ID token cannot be read (${error instanceof Error ? error.message : String(error)})`;
}

function shown(value: unknown): string {
  return value === undefined ? 'missing' : JSON.stringify(value).slice(0, 120);
}
