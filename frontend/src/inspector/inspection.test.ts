import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { lambdaEvent, stateOf } from './fixtures';
import { Inspection } from './inspection';
import type { State } from './inspector-api';

/** The answers of the local run, in order. After the last one it does not answer. */
let answers: (State | Error | number)[];
let asked: string[];
let stop: () => void;
let inspection: Inspection;

beforeEach(() => {
  vi.useFakeTimers();
  answers = [];
  asked = [];
  vi.stubGlobal('fetch', (url: string, { signal }: { signal: AbortSignal }) => {
    asked.push(url);
    const answer = answers.shift();
    if (answer === undefined) {
      return new Promise((_, fail) => signal.addEventListener('abort', () => fail(signal.reason)));
    }
    if (answer instanceof Error) {
      return Promise.reject(answer);
    }
    return Promise.resolve(
      typeof answer === 'number' ? new Response('{"message":"No."}', { status: answer }) : Response.json(answer),
    );
  });
  inspection = new Inspection();
});

afterEach(() => {
  stop();
  vi.useRealTimers();
});

async function follow(milliseconds: number) {
  stop = inspection.follow();
  await vi.advanceTimersByTimeAsync(milliseconds);
}

const ids = () => inspection.snapshot().events.map(({ id }) => id);

it('requests only the newer events', async () => {
  const connection = { id: 'one', connectedAt: 0, lastActiveAt: 0, sourceIp: '127.0.0.1', received: 0, sent: 0 };
  answers = [
    stateOf({ events: [lambdaEvent({ id: 7 })] }),
    stateOf({ connections: [connection], armed: { gone: 'one' } }),
    stateOf({ events: [lambdaEvent({ id: 8 }), lambdaEvent({ id: 9 })] }),
  ];
  await follow(600);
  expect(asked).toEqual(['/inspector/state', '/inspector/state?after=7', '/inspector/state?after=7']);
  expect(ids()).toEqual([7, 8, 9]);
  await vi.advanceTimersByTimeAsync(250);
  expect(asked.at(-1)).toBe('/inspector/state?after=9');
});

it('requests the next events at once when there are more', async () => {
  answers = [stateOf({ events: [lambdaEvent({ id: 1 })], more: true }), stateOf({ events: [lambdaEvent({ id: 2 })] })];
  await follow(1);
  expect(ids()).toEqual([1, 2]);
});

it('requests the events after 0 until the first one comes', async () => {
  answers = [stateOf({})];
  await follow(300);
  expect(asked).toEqual(['/inspector/state', '/inspector/state?after=0']);
});

it('sorts events by their start', async () => {
  answers = [
    stateOf({ events: [lambdaEvent({ id: 1, at: 2000 })] }),
    stateOf({ events: [lambdaEvent({ id: 2, at: 1000 }), lambdaEvent({ id: 3, at: 2000 })] }),
  ];
  await follow(300);
  expect(ids()).toEqual([2, 1, 3]);
});

it('keeps the last 1000 events', async () => {
  answers = [stateOf({ events: Array.from({ length: 1200 }, (_, id) => lambdaEvent({ id })) })];
  await follow(1);
  expect(ids()).toHaveLength(1000);
  expect(ids()[0]).toBe(200);
  inspection.clear();
  expect(ids()).toEqual([]);
});

it('starts again when another run answers', async () => {
  answers = [
    stateOf({ events: [lambdaEvent({ id: 50 })] }),
    stateOf({ run: 2 }),
    stateOf({ run: 2, events: [lambdaEvent({ id: 1 })] }),
  ];
  await follow(600);
  expect(asked.slice(1)).toEqual(['/inspector/state?after=50', '/inspector/state']);
  expect(ids()).toEqual([1]);
});

it.each([
  ['the local run does not answer', new TypeError('Failed to fetch'), 'The local run does not answer.'],
  ['the local run refuses', 403, 'No.'],
])('reports when %s, and continues', async (_, answer, problem) => {
  answers = [stateOf({ events: [lambdaEvent({ id: 1 })] }), answer, stateOf({})];
  await follow(300);
  expect(inspection.snapshot()).toMatchObject({ problem, events: [{ id: 1 }] });
  await vi.advanceTimersByTimeAsync(2000);
  expect(inspection.snapshot().problem).toBeUndefined();
});

it('sends no request while the page is hidden or after the end', async () => {
  const view = vi.spyOn(document, 'visibilityState', 'get').mockReturnValue('hidden');
  await follow(5000);
  expect(asked).toEqual([]);
  view.mockReturnValue('visible');
  document.dispatchEvent(new Event('visibilitychange'));
  await vi.advanceTimersByTimeAsync(0);
  expect(asked).toHaveLength(1);
  stop();
  await vi.advanceTimersByTimeAsync(5000);
  expect(asked).toHaveLength(1);
  expect(inspection.snapshot().problem).toBeUndefined();
});
