import { notRevoked, type Problem } from './problem';

/** The key in sessionStorage that records a failed revocation until the user comes back from the issuer's page. */
const key = 'not-revoked';

/** Records that the refresh token could not be revoked, for the next page of this tab. */
export function noteRevocation(): void {
  sessionStorage.setItem(key, 'true');
}

/** Returns, once, the problem to show when the user comes back from the issuer's sign-out page. */
export function takeNote(): Problem | undefined {
  const noted = sessionStorage.getItem(key) !== null;
  sessionStorage.removeItem(key);
  return noted ? notRevoked : undefined;
}
