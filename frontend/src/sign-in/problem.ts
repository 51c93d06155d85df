import type { ErrorResponse } from 'oidc-client-ts';

/** A problem of the sign-in, in words for the user. */
export type Problem = {
  readonly title: string;
  readonly text: string;
  /** Whether to load the page again after the user has done what the text says. Otherwise, the user may sign in again. */
  readonly reload?: true;
};

/** Shown when the sign-in has expired. */
export const expired: Problem = {
  title: 'Your sign-in has expired',
  text: 'Sign in again to get a fresh token.',
};

/** The error of a request for a token after the sign-in has expired. Its message is for the user. */
export class Expired extends Error {
  override name = 'Expired';

  constructor() {
    super(`${expired.title}. ${expired.text}`);
  }
}

/** Shown when the session at the issuer was not ended, and only this tab deleted its tokens. */
export const stillAtIssuer: Problem = {
  title: 'Signed out of this page only',
  text: 'The sign-in service did not sign you out, so you may be able to sign in again without a password.',
};

/** Shown when the issuer's sign-out page would answer with an error, because it demands the ID token. */
export const idTokenDemanded: Problem = {
  title: 'Signed out of this page only',
  text: 'The sign-in service ends its own session only with the ID token, which this page does not send (setting signOutIdToken). You may be able to sign in again without a password.',
};

/** Shown when this page has deleted the refresh token, but the issuer may still accept it. */
export const notRevoked: Problem = {
  title: 'Signed out, but a token may still be valid',
  text: 'The sign-in service did not confirm that it has revoked the refresh token. This page has deleted the token.',
};

/** Shown in a tab of a user who signed out everywhere in another tab or on another device. */
export const signedOutElsewhere: Problem = {
  title: 'You have signed out everywhere',
  text: 'You did so in another tab or on another device. This page has deleted its tokens, too.',
};

/** Shown when a copy of a tab cannot get its own tokens without the user. */
const copyNeedsSignIn: Problem = {
  title: 'This tab needs a sign-in of its own',
  text: 'It is a copy of another tab and cannot use the refresh token of that tab. Sign in again.',
};

/** Returns the problem if the browser blocks storage, without which nobody can sign in; undefined for other errors. */
export function explainStorage(error: unknown): Problem | undefined {
  return error instanceof DOMException && error.name === 'SecurityError'
    ? {
        title: 'This browser blocks storage for this page',
        text: `This page keeps the sign-in in the storage of its tab. Allow cookies and site data for ${location.host} in the settings of the browser (in most browsers: the icon beside the address), or use another browser. Then load this page again.`,
        reload: true,
      }
    : undefined;
}

/**
 * Returns whether an error is an error answer of the issuer. It compares the name of the error, because an import of the
 * library's classes would load the whole library here.
 */
function isAnswerOfIssuer(error: unknown): error is ErrorResponse {
  return error instanceof Error && error.name === 'ErrorResponse';
}

/**
 * Returns whether the error of a refresh ends the session: the refresh token has expired, was revoked or was used before.
 * Other errors, such as throttling or a failure of the issuer, may be temporary, so the tokens are kept.
 */
export function endsSession(error: unknown): boolean {
  return isAnswerOfIssuer(error) && error.error === 'invalid_grant';
}

/** The errors (OpenID Connect Core, section 3.1.2.6) with which an issuer demands that the user interacts with it. */
const interactionErrors: ReadonlySet<string> = new Set([
  'interaction_required',
  'login_required',
  'account_selection_required',
  'consent_required',
]);

/** Returns whether the user must sign in again. */
export function needsInteraction(error: unknown): boolean {
  return isAnswerOfIssuer(error) && interactionErrors.has(error.error ?? '');
}

/** Explains an error of oidc-client-ts to the user. */
export function explainProblem(error: unknown, issuer: string): Problem {
  const storage = explainStorage(error);
  if (storage) {
    return storage;
  }
  if (isAnswerOfIssuer(error)) {
    return explainAnswer(error);
  }
  if (error instanceof Error && error.name === 'ErrorTimeout') {
    return { title: 'The sign-in service does not answer', text: `There was no answer from ${issuer} in time.` };
  }
  if (error instanceof TypeError) {
    return {
      title: 'The sign-in service cannot be reached',
      text: `${issuer} cannot be reached: it is down, the network or a policy blocks the request, or it does not allow this page's origin.`,
    };
  }
  if (error instanceof Error && (error.name === 'BadIdToken' || error.name === 'KeysMissing')) {
    return {
      title: 'The answer of the sign-in service cannot be trusted',
      text: `This page has not used the answer of ${issuer}: ${error.message}.`,
    };
  }
  const message = error instanceof Error ? error.message : String(error);
  if (message.startsWith('No matching state')) {
    return {
      title: 'This sign-in was not started here',
      text: 'The answer belongs to another tab or to a sign-in already finished. Sign in again.',
    };
  }
  return { title: 'Sign-in failed', text: `${message} (${issuer})` };
}

function explainAnswer(answer: ErrorResponse): Problem {
  if (needsInteraction(answer)) {
    return copyNeedsSignIn; // only a silent request gets this error, and only a copy of a tab makes one
  }
  const { error, error_description } = answer;
  const said = [error, error_description].filter(Boolean).join(': ').slice(0, 300);
  return error === 'access_denied'
    ? { title: 'Sign-in was refused', text: `You or the sign-in service refused (${said}).` }
    : { title: 'The sign-in service reports an error', text: `It says: ${said}.` };
}
