import type { LambdaEvent, OpenConnection } from './inspector-api';
import { isRefusal } from './outcome';

/** The events to show: "mine", "all", or the id of a connection. */
export type Filter = string;

/**
 * Returns the events to show. "mine" selects the events of this page's connections, events without a connection (pushes to
 * all users), and refusals, which may concern this page. If the page had no connection yet, it selects all events.
 */
export function filterEvents(
  events: readonly LambdaEvent[],
  filter: Filter,
  mine: readonly string[],
): readonly LambdaEvent[] {
  if (filter === 'all' || (filter === 'mine' && mine.length === 0)) {
    return events;
  }
  if (filter === 'mine') {
    return events.filter((event) => !event.connectionId || mine.includes(event.connectionId) || isRefusal(event));
  }
  return events.filter((event) => event.connectionId === filter);
}

/** Returns the connection ids for the filter: first the open ones, then those in events, latest first. */
export function connectionIds(connections: readonly OpenConnection[], events: readonly LambdaEvent[]): string[] {
  const named = events.flatMap(({ connectionId }) => connectionId || []).reverse();
  return [...new Set([...connections.map(({ id }) => id), ...named])];
}
