import type { ErrorResponse } from 'oidc-client-ts';

/** Something that went wrong at sign-in, for the person at the page. */
export type Problem = { readonly title: string; readonly text: string };

/** Said wherever a sign-in is too old to be used. */
export const expired: Problem = {
  title: 'Your sign-in has expired',
  text: 'Sign in again to get a fresh token.',
};

/** Thrown where a token is asked for and the sign-in is too old to give one. Its message is for the user. */
export class Expired extends Error {
  override name = 'Expired';

  constructor() {
    super(`${expired.title}. ${expired.text}`);
  }
}

/** Said when the issuer ends no session for us: only this tab forgot the tokens. */
export const stillAtIssuer: Problem = {
  title: 'Signed out of this page only',
  text: 'The sign-in service could not be asked to sign you out as well, so it may let you in again without a password.',
};

/**
 * Whether an error is an error answer of the issuer. The library's errors are
 * told by their names: their classes would bring the whole library here.
 */
function isAnswerOfIssuer(error: unknown): error is ErrorResponse {
  return error instanceof Error && error.name === 'ErrorResponse';
}

/**
 * Whether a refresh that failed so ends the session: the refresh token has expired, was revoked or was used before.
 * Every other answer (a throttle, a fault of the issuer, a client that it does not know just now) may be another one
 * later, so it must not cost a token that is still good.
 */
export function endsSession(error: unknown): boolean {
  return isAnswerOfIssuer(error) && error.error === 'invalid_grant';
}

/** The answers (OpenID Connect Core, section 3.1.2.6) by which an issuer wants to see the person before it goes on. */
const personWanted: ReadonlySet<string> = new Set([
  'interaction_required',
  'login_required',
  'account_selection_required',
  'consent_required',
]);

/** Whether only the person can help, by signing in again. */
export function needsPerson(error: unknown): boolean {
  return isAnswerOfIssuer(error) && personWanted.has(error.error ?? '');
}

/** Puts what oidc-client-ts throws into words. */
export function explainProblem(error: unknown, issuer: string): Problem {
  if (isAnswerOfIssuer(error)) {
    return explainAnswer(error);
  }
  if (error instanceof Error && error.name === 'ErrorTimeout') {
    return { title: 'The sign-in service does not answer', text: `Nothing came from ${issuer} in time.` };
  }
  if (error instanceof TypeError) {
    return {
      title: 'The sign-in service is out of reach',
      text: `${issuer} could not be asked: it is down, the network or a policy is in the way, or it does not allow this page's origin.`,
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

function explainAnswer({ error, error_description }: ErrorResponse): Problem {
  const said = [error, error_description].filter(Boolean).join(': ').slice(0, 300);
  return error === 'access_denied'
    ? { title: 'Sign-in was refused', text: `You or the sign-in service said no (${said}).` }
    : { title: 'The sign-in service reports an error', text: `It says: ${said}.` };
}
