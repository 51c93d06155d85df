import { render, renderHook, screen, waitFor } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import { EndingReport } from '../components/ending-report';
import { lambdaEvent, stateOf } from '../inspector/fixtures';
import type { LambdaEvent } from '../inspector/inspector-api';
import type { Ending, SocketSnapshot } from '../socket/state';
import { useRefusal } from './use-refusal';

const refused: Ending = { kind: 'closed', code: 1006, reason: '', opened: false, lasted: 0 };
const closed = (ending: Ending): SocketSnapshot => ({ state: 'closed', ending, gaveUp: false, queued: 0 });
const connecting: SocketSnapshot = { state: 'connecting', attempt: 1, queued: 0 };
const log = ['START', '{"code":"origin_not_allowed"}', 'END'];

/** Serves these events as the local run does. */
function serve(...events: LambdaEvent[]): ReturnType<typeof vi.fn> {
  const fetcher = vi.fn(async (url: string) => Response.json(stateOf({ events: url.includes('after') ? [] : events })));
  vi.stubGlobal('fetch', fetcher);
  return fetcher;
}

function attempt(ending: Ending, local: boolean) {
  const hook = renderHook(({ snapshot }) => useRefusal(snapshot, local), { initialProps: { snapshot: connecting } });
  hook.rerender({ snapshot: closed(ending) });
  return hook;
}

it('finds the refusal of the attempt in a local run, and forgets it with the next attempt', async () => {
  serve(lambdaEvent({ id: 7, at: Date.now() + 1000, kind: 'authorizer', error: 'Unauthorized', log }));
  const { result, rerender } = attempt(refused, true);
  await waitFor(() => expect(result.current).toEqual({ event: 7, code: 'origin_not_allowed' }));
  rerender({ snapshot: connecting });
  expect(result.current).toBeUndefined();
});

it.each<[string, Ending, boolean]>([
  ['in a deployment', refused, false],
  ['after a connection that was open', { ...refused, opened: true }, true],
  ['after a timeout', { kind: 'timeout', opened: false, lasted: 0 }, true],
  ['if there was no attempt', { kind: 'failed', message: 'Sign in.', final: true }, true],
])('does not search %s', (_, ending, local) => {
  const fetcher = serve();
  attempt(ending, local);
  expect(fetcher).not.toHaveBeenCalled();
});

it('is undefined if the local run does not answer', async () => {
  const fetcher = vi.fn(() => Promise.reject(new TypeError('Failed to fetch')));
  vi.stubGlobal('fetch', fetcher);
  const { result } = attempt(refused, true);
  await waitFor(() => expect(fetcher).toHaveBeenCalledOnce());
  expect(result.current).toBeUndefined();
});

it('is shown with its code, the remedy, and a link to the event', async () => {
  render(
    <EndingReport url="wss://api.example/live" ending={refused} refusal={{ event: 7, code: 'origin_not_allowed' }} />,
  );
  expect(await screen.findByText('This page may not connect.')).toBeDefined();
  expect(screen.getByText('origin_not_allowed')).toBeDefined();
  expect(screen.getByRole('link', { name: /inspector/ }).getAttribute('href')).toBe('#event-7');
  expect(screen.queryByText('For the operator'), 'nothing else to say').toBeNull();
});

it('is unknown in a deployment, so the possible reasons are folded', () => {
  render(<EndingReport url="wss://api.example/live" ending={refused} />);
  expect(screen.getByText(/refused the connection, or it cannot be reached/)).toBeDefined();
  expect(screen.getByText('For the operator').closest('details')?.open).toBe(false);
  expect(screen.queryByRole('link')).toBeNull();
});
