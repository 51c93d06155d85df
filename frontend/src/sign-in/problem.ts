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

/** Said when the issuer's page of signing out would answer with an error: it wants to be shown the ID token. */
export const hintWanted: Problem = {
  title: 'Signed out of this page only',
  text: 'This sign-in service ends its own session only if it is shown the ID token, which is switched off here (setting signOutIdToken). It may let you in again without a password.',
};

/** Said when the refresh token is forgotten here and may still be good at the issuer. */
export const notRevoked: Problem = {
  title: 'Signed out, but a token may still be good',
  text: 'The sign-in service did not confirm that the refresh token is revoked. This page has forgotten it.',
};

/** Said in a tab of somebody who signed out everywhere, in another tab or on another device. */
export const signedOutElsewhere: Problem = {
  title: 'You have signed out everywhere',
  text: 'That was done in another tab or on another device. This page has forgotten its tokens as well.',
};

/** Said when a copy of a tab could not get tokens of its own without the person. */
const copyWantsPerson: Problem = {
  title: 'This tab needs a sign-in of its own',
  text: 'It is a copy of another tab and does not share its refresh token. The sign-in service wants to see you first.',
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
  if (error instanceof Error && (error.name === 'BadIdToken' || error.name === 'KeysMissing')) {
    return {
      title: 'The answer of the sign-in service cannot be trusted',
      text: `What came from ${issuer} was not used: ${error.message}.`,
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
  if (needsPerson(answer)) {
    return copyWantsPerson; // only a request that shows no page is answered so, and only a copy makes one
  }
  const { error, error_description } = answer;
  const said = [error, error_description].filter(Boolean).join(': ').slice(0, 300);
  return error === 'access_denied'
    ? { title: 'Sign-in was refused', text: `You or the sign-in service said no (${said}).` }
    : { title: 'The sign-in service reports an error', text: `It says: ${said}.` };
}
