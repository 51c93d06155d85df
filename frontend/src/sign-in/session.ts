import type { Problem } from './problem';

/** The state of the sign-in on this page. `problem` is the last problem. */
export type Session =
  /** Not known yet: a sign-in is being completed or looked up. */
  | { readonly state: 'restoring' }
  | { readonly state: 'signedOut'; readonly problem?: Problem }
  | {
      readonly state: 'signedIn';
      /** Identifies the user: issuer and subject. */
      readonly id: string;
      /** For display. */
      readonly name: string;
      /** False if there is no refresh token, so that the user must sign in again when the token expires. */
      readonly renewable?: false;
      readonly problem?: Problem;
    }
  /** The browser is opening the issuer's page. */
  | { readonly state: 'leaving' };
