import { useCallback, useEffect, useId, useState } from 'react';
import { forgetLinkedEvent } from './event-link';
import { EventRow } from './event-row';
import { connectionIds, type Filter, filterEvents, withTrace } from './filter';
import type { LambdaEvent, OpenConnection } from './inspector-api';

type EventListProps = {
  readonly events: readonly LambdaEvent[];
  readonly connections: readonly OpenConnection[];
  /** The ids of this page's connections, present and past. */
  readonly mine: readonly string[];
  /** The id of the event that a link names. */
  readonly linked: number | undefined;
  readonly onClear: () => void;
};

/** The number of events that are shown at first. */
const shownAtOnce = 100;

/** Shows the events of the function, newest first, so that following them needs no scrolling. */
export function EventList({ events, connections, mine, linked, onClear }: EventListProps) {
  const heading = useId();
  const [filter, setFilter] = useState<Filter>('all');
  const [trace, setTrace] = useState('');
  const [limit, setLimit] = useState(shownAtOnce);
  const [target, setTarget] = useState<number>();
  const [missing, setMissing] = useState<number>();
  const reached = useCallback(() => setTarget(undefined), []);
  useEffect(() => {
    if (linked === undefined) {
      return;
    }
    const index = events.findIndex(({ id }) => id === linked);
    const found = events[index];
    setMissing(found ? undefined : linked);
    if (found) {
      setFilter((before) => (filterEvents([found], before, mine).length > 0 ? before : 'all'));
      setTrace('');
      setLimit((before) => Math.max(before, events.length - index));
      setTarget(linked);
    }
    forgetLinkedEvent();
  }, [linked, events, mine]);
  const chosen = withTrace(filterEvents(events, filter, mine), trace);
  const ids = connectionIds(connections, events);
  return (
    <section className="inspector-events" aria-labelledby={heading}>
      <div className="inspector-bar">
        <h3 id={heading}>Events, newest first</h3>
        <label>
          Show{' '}
          <select value={filter} onChange={({ target }) => setFilter(target.value)}>
            <option value="all">all</option>
            <option value="mine">mine: of this page’s connections</option>
            {ids.map((id) => (
              <option key={id} value={id}>
                {mine.includes(id) ? `${id} (mine)` : id}
              </option>
            ))}
            {filter !== 'mine' && filter !== 'all' && !ids.includes(filter) && <option value={filter}>{filter}</option>}
          </select>
        </label>
        <label>
          Trace{' '}
          <input
            type="search"
            className="field"
            autoComplete="off"
            spellCheck={false}
            placeholder="id"
            value={trace}
            onChange={({ target }) => setTrace(target.value)}
          />
        </label>
        <button type="button" className="button inspector-small" onClick={onClear}>
          Clear events
        </button>
      </div>
      {missing !== undefined && (
        <p className="inspector-problem" role="alert">
          Event {missing} is not here: it belongs to another run, or it is not one of the last 1,000 events.
        </p>
      )}
      <ol className="inspector-scroll" aria-labelledby={heading}>
        {chosen
          .slice(-limit)
          .reverse()
          .map((event) => (
            <EventRow
              key={event.id}
              event={event}
              mine={event.connectionId !== undefined && mine.includes(event.connectionId)}
              linked={event.id === target}
              onReached={reached}
            />
          ))}
        {chosen.length > limit && (
          <li>
            <button type="button" className="button inspector-small" onClick={() => setLimit(limit + shownAtOnce)}>
              Show older events
            </button>
          </li>
        )}
      </ol>
      {chosen.length === 0 && (
        <p className="inspector-hint">
          {trace.trim() === '' ? emptyText(filter, mine) : 'No event has this trace id in its log.'}
        </p>
      )}
    </section>
  );
}

function emptyText(filter: Filter, mine: readonly string[]): string {
  if (filter === 'mine' && mine.length === 0) {
    return 'This page has had no connection yet. Connect, or show all events.';
  }
  return filter === 'all' ? 'No events yet.' : 'No events of this selection yet.';
}
