import { ErrorResponse, ErrorTimeout } from 'oidc-client-ts';
import { describe, expect, it } from 'vitest';
import { explainProblem } from './problem';

const issuer = 'https://sign-in.example';

describe('explainProblem', () => {
  it.each<[string, unknown, string, RegExp]>([
    [
      'a refusal',
      new ErrorResponse({ error: 'access_denied', error_description: 'End-User aborted' }),
      'Sign-in was refused',
      /access_denied: End-User aborted/,
    ],
    [
      'another answer',
      new ErrorResponse({ error: 'invalid_scope' }),
      'The sign-in service reports an error',
      /It says: invalid_scope\./,
    ],
    ['no answer', new ErrorTimeout('Network timed out'), 'The sign-in service does not answer', /sign-in\.example/],
    ['no network', new TypeError('Failed to fetch'), 'The sign-in service cannot be reached', /sign-in\.example/],
    [
      'a foreign state',
      new Error('No matching state found in storage'),
      'This sign-in was not started here',
      /another tab/,
    ],
    ['anything else', new Error('nonce does not match'), 'Sign-in failed', /nonce does not match/],
    ['a value that is not an error', 'odd', 'Sign-in failed', /odd/],
  ])('explains %s', (_, error, title, text) => {
    const problem = explainProblem(error, issuer);
    expect(problem.title).toBe(title);
    expect(problem.text).toMatch(text);
  });

  it('shortens the text of an issuer', () => {
    const error = new ErrorResponse({ error: 'x', error_description: 'y'.repeat(5000) });
    expect(explainProblem(error, issuer).text.length).toBeLessThan(400);
  });
});
