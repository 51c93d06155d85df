import { expect, it } from 'vitest';
import type { Ending } from '../socket/state';
import { type SessionFacts, wordsOf } from './session';

const now = 1_000_000_000;
const minute = 60_000;
const open: SessionFacts = {
  expires: now + 59 * minute,
  renewal: now + 58 * minute,
  renewable: true,
  failure: undefined,
};
const failed = (final: boolean): Ending => ({ kind: 'failed', message: 'No.', final });

it.each<[string, Partial<SessionFacts>, string, string]>([
  ['an hour', {}, 'quiet', 'Session renews in 58 min'],
  ['hours', { expires: now + 200 * minute, renewal: now + 110 * minute }, 'quiet', 'Session renews in 1 h 50 min'],
  ['less than two minutes', { expires: now + 110_000, renewal: now + 50_000 }, 'wait', 'Session renews in 50 s'],
  ['a renewal that is due', { expires: now + 60_000, renewal: now }, 'wait', 'Session renews now'],
  ['no expiry', { expires: undefined }, 'quiet', 'Session renews in 58 min'],
  ['no newer credential', { renewable: false }, 'quiet', 'Session ends in 59 min'],
  ['no newer credential, soon', { renewable: false, expires: now + 65_000 }, 'wait', 'Session ends in 1 min 5 s'],
  ['a failure', { failure: failed(false) }, 'wait', 'Session was not renewed, will try again, ends in 59 min'],
  ['a final failure', { failure: failed(true) }, 'bad', 'Session cannot be renewed, ends in 59 min'],
  ['a final failure, no expiry', { failure: failed(true), expires: undefined }, 'bad', 'Session cannot be renewed'],
  ['the end', { expires: now }, 'bad', 'Session is over'],
  ['the end after a failure', { expires: now - 1, failure: failed(false) }, 'bad', 'Session is over'],
])('wordsOf describes %s', (_, change, tone, text) => {
  expect(wordsOf({ ...open, ...change }, now)).toMatchObject({ tone, text });
});

it.each<[string, Partial<SessionFacts>, string | undefined]>([
  ['the end', { expires: now }, 'session is over'],
  ['a final failure', { failure: failed(true) }, 'session cannot be renewed'],
  ['a failure without a newer credential', { failure: failed(false), renewable: false }, 'session cannot be renewed'],
  ['a temporary failure', { failure: failed(false) }, undefined],
  ['the last minute', { expires: now + 1000, renewable: false }, undefined],
])('wordsOf demands a new sign-in after %s only if nothing else helps', (_, change, lost) => {
  expect(wordsOf({ ...open, ...change }, now).lost).toBe(lost);
});
