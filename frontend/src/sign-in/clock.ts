import { claimsOf, timeOf } from './claims';
import type { Tokens } from './socket-token';

// This page's clock may be wrong by hours, and the times in a token are those of the issuer's clock. So the page measures
// the difference when it receives tokens.

/** The key in sessionStorage. The value must survive a reload, as the tokens do. */
const key = 'clock';

/** Tokens that have just been received. */
export type Received = Tokens & {
  /** The access token's lifetime in seconds, from the token response. */
  readonly expires_in?: number | undefined;
};

/**
 * Estimates the issuer's time, in Unix seconds, at which it issued these tokens; undefined if they have no times. The
 * estimate is the latest of the `iat` claims and of the access token's `exp` minus its lifetime, because Entra sets `iat`
 * five minutes back. An old ID token is ignored.
 */
export function issuerTime(tokens: Received, isNewIdToken: boolean): number | undefined {
  const access = claimsOf(tokens.access_token);
  const exp = timeOf(access, 'exp');
  const times = [
    timeOf(access, 'iat'),
    exp !== undefined && tokens.expires_in !== undefined ? exp - tokens.expires_in : undefined,
    isNewIdToken && tokens.id_token !== undefined ? timeOf(claimsOf(tokens.id_token), 'iat') : undefined,
  ].filter((time) => time !== undefined);
  return times.length > 0 ? Math.max(...times) : undefined;
}

/** Returns by how many seconds this page's clock is ahead of the issuer's, 0 if that is unknown. */
export function readAhead(): number {
  try {
    const ahead = Number(sessionStorage.getItem(key) ?? 0);
    return Number.isFinite(ahead) ? ahead : 0;
  } catch {
    return 0; // storage is blocked
  }
}

export function storeAhead(seconds: number): void {
  sessionStorage.setItem(key, String(Math.round(seconds)));
}

export function removeAhead(): void {
  sessionStorage.removeItem(key);
}
