import type { LambdaEvent, State } from './inspector-api';

/** Returns an event as a local run reports it. */
export function lambdaEvent(change: Partial<LambdaEvent>): LambdaEvent {
  return {
    id: 1,
    kind: '$default',
    connectionId: 'one',
    at: 1000,
    took: 1.25,
    event: { json: {}, size: 2 },
    ...change,
  };
}

export function stateOf(change: Partial<State>): State {
  return { run: 1, events: [], more: false, connections: [], armed: {}, ...change };
}
