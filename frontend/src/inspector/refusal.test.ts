import { expect, it, vi } from 'vitest';
import { lambdaEvent, stateOf } from './fixtures';
import type { State } from './inspector-api';
import { findRefusal } from './refusal';

const log = ['START RequestId: 1', '{"level":"warn","code":"token_expired"}', 'null', 'END RequestId: 1'];
const refused = (id: number, at: number) => lambdaEvent({ id, at, kind: 'authorizer', error: 'Unauthorized', log });

/** Serves these answers of the local run, then no more events, and returns the addresses of the requests. */
function serve(...answers: State[]): string[] {
  const asked: string[] = [];
  vi.stubGlobal('fetch', async (url: string) => {
    asked.push(url);
    return Response.json(answers.shift() ?? stateOf({}));
  });
  return asked;
}

const find = (since: number) => findRefusal(since, new AbortController().signal);

it('finds the newest refusal and its code', async () => {
  serve(stateOf({ events: [refused(1, 50), refused(2, 60), lambdaEvent({ id: 3, at: 70 })] }));
  expect(await find(50)).toEqual({ event: 2, code: 'token_expired' });
});

it('ignores refusals of earlier attempts', async () => {
  serve(stateOf({ events: [refused(1, 50)] }));
  expect(await find(51)).toBeUndefined();
});

it('waits once for an event that comes after the answer to the page', async () => {
  const asked = serve(stateOf({ events: [lambdaEvent({ id: 4, at: 1 })] }), stateOf({ events: [refused(5, 60)] }));
  expect(await find(50)).toEqual({ event: 5, code: 'token_expired' });
  expect(asked).toEqual(['/inspector/state', '/inspector/state?after=4']);
});

it('reads all parts of a long list', async () => {
  serve(stateOf({ events: [refused(1, 60)], more: true }), stateOf({ events: [refused(2, 70)] }));
  expect(await find(50)).toEqual({ event: 2, code: 'token_expired' });
});

it('finds a refused ticket, also without a code', async () => {
  const answer = { json: { statusCode: 401 }, size: 18 };
  serve(stateOf({ events: [lambdaEvent({ id: 1, at: 60, kind: 'POST /tickets', answer })] }));
  expect(await find(50)).toEqual({ event: 1, code: undefined });
});
