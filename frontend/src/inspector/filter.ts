import { isRefusal } from './outcome';
import type { LambdaEvent, OpenConnection } from './wire';

/** Which events are shown: "mine", "all", or those of one connection. */
export type Filter = string;

/**
 * The events to show. Mine are those of the connections this page has had, and all that belong to none: pushes to
 * everybody, and clients that were refused, among whom this page may be. As long as it has had none, it is all.
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

/** The ids of all connections one may filter by: the open ones first, then those that events name, latest first. */
export function connectionIds(connections: readonly OpenConnection[], events: readonly LambdaEvent[]): string[] {
  const named = events.flatMap(({ connectionId }) => connectionId || []).reverse();
  return [...new Set([...connections.map(({ id }) => id), ...named])];
}
