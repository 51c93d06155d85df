import type { LambdaEvent, OpenConnection } from './inspector-api';

/** The events to show: "mine", "all", or the id of a connection. */
export type Filter = string;

/** Returns the events to show. "mine" selects the events of this page's connections, present and past. */
export function filterEvents(
  events: readonly LambdaEvent[],
  filter: Filter,
  mine: readonly string[],
): readonly LambdaEvent[] {
  if (filter === 'all') {
    return events;
  }
  if (filter === 'mine') {
    return events.filter(({ connectionId }) => connectionId !== undefined && mine.includes(connectionId));
  }
  return events.filter((event) => event.connectionId === filter);
}

/** Returns the events whose log has a trace id, or a part of one. A blank text selects all events. */
export function withTrace(events: readonly LambdaEvent[], trace: string): readonly LambdaEvent[] {
  const wanted = trace.trim().toLowerCase();
  return wanted === '' ? events : events.filter(({ log }) => log?.some((line) => line.includes(wanted)));
}

/** Returns the connection ids for the filter: first the open ones, then those in events, latest first. */
export function connectionIds(connections: readonly OpenConnection[], events: readonly LambdaEvent[]): string[] {
  const named = events.flatMap(({ connectionId }) => connectionId || []).reverse();
  return [...new Set([...connections.map(({ id }) => id), ...named])];
}
