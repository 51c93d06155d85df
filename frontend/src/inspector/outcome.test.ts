import { describe, expect, it } from 'vitest';
import { lambdaEvent } from './fixtures';
import type { LambdaEvent } from './inspector-api';
import { isRefusal, outcomeOf } from './outcome';

const policy = (...effects: string[]) => ({ policyDocument: { Statement: effects.map((Effect) => ({ Effect })) } });
const answered = (kind: string, json: unknown) => lambdaEvent({ kind, answer: { json, size: 1 } });

describe('outcomeOf', () => {
  it.each<[string, LambdaEvent, string, boolean]>([
    ['an error', lambdaEvent({ error: 'boom' }), 'boom', true],
    ['a policy', answered('authorizer', policy('Allow')), 'Allow', false],
    ['a refusal', answered('authorizer', policy('Allow', 'Deny')), 'Deny', true],
    [
      'a single statement',
      answered('authorizer', { policyDocument: { Statement: { Effect: 'Allow' } } }),
      'Allow',
      false,
    ],
    ['no policy', answered('authorizer', null), 'no policy', true],
    ['a status', answered('$connect', { statusCode: 200 }), 'status 200', false],
    ['a bad status', answered('$connect', { statusCode: 503 }), 'status 503', true],
    [
      'a push to many connections',
      answered('push', { sent: 0, gone: 0, failed: 0, queued: 1300 }),
      'sent 0, gone 0, failed 0, queued 1300',
      false,
    ],
    ['a push', answered('push', { sent: 2, gone: 0, failed: 0 }), 'sent 2, gone 0, failed 0', false],
    [
      'a push to an ended connection',
      answered('push', { sent: 0, gone: 1, failed: 0 }),
      'sent 0, gone 1, failed 0',
      true,
    ],
    ['a push to a channel', answered('push', { channel: 'chat:1', offset: 7, epoch: 'e' }), 'offset 7', false],
    ['a push to a channel without history', answered('push', { channel: 'chat:1' }), 'published', false],
    ['a push to a channel that waits', answered('push', { channel: 'chat:1', queued: true }), 'queued', false],
    [
      'a disconnect',
      answered('disconnect', { disconnected: 2, gone: 1, failed: 0 }),
      'ended 2, gone 1, failed 0',
      false,
    ],
    ['a queue', answered('queue', { batchItemFailures: [] }), 'all tasks done', false],
    [
      'a queue with a failure',
      answered('queue', { batchItemFailures: [{ itemIdentifier: '1' }] }),
      'failed tasks: 1, to be tried again',
      true,
    ],
    ['a schedule', answered('schedule', { disconnected: 0, gone: 0, failed: 1 }), 'ended 0, gone 0, failed 1', true],
    ['a ticket', answered('POST /tickets', { statusCode: 201, body: '{}' }), 'status 201', false],
    ['a ticket refused', answered('POST /tickets', { statusCode: 401 }), 'status 401', true],
    ['something else', answered('$default', [1]), 'answered', false],
    ['no answer', lambdaEvent({}), 'answered', false],
    ['text that is not JSON', lambdaEvent({ answer: { text: 'x', size: 1 } }), 'answered', false],
  ])('reads %s', (_, event, text, bad) => {
    expect(outcomeOf(event)).toEqual({ text, bad });
  });
});

it('isRefusal reports whether a client was refused', () => {
  expect(isRefusal(answered('authorizer', policy('Deny')))).toBe(true);
  expect(isRefusal(answered('authorizer', policy('Allow')))).toBe(false);
  expect(isRefusal(answered('POST /tickets', { statusCode: 401 }))).toBe(true);
  expect(isRefusal(lambdaEvent({ error: 'boom' }))).toBe(false);
});
