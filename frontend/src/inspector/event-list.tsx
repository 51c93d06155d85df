import { useId, useState } from 'react';
import { EventRow } from './event-row';
import { connectionIds, type Filter, filterEvents } from './filter';
import type { LambdaEvent, OpenConnection } from './inspector-api';

type EventListProps = {
  readonly events: readonly LambdaEvent[];
  readonly connections: readonly OpenConnection[];
  /** The ids of this page's connections, present and past. */
  readonly mine: readonly string[];
  readonly onClear: () => void;
};

/** The number of events that are shown at first. */
const shownAtOnce = 100;

/** Shows the events of the Lambda, newest first, so that following them needs no scrolling. */
export function EventList({ events, connections, mine, onClear }: EventListProps) {
  const heading = useId();
  const [filter, setFilter] = useState<Filter>('mine');
  const [limit, setLimit] = useState(shownAtOnce);
  const chosen = filterEvents(events, filter, mine);
  const ids = connectionIds(connections, events);
  return (
    <section className="inspector-events" aria-labelledby={heading}>
      <div className="inspector-bar">
        <h3 id={heading}>Events, newest first</h3>
        <label>
          Show{' '}
          <select value={filter} onChange={({ target }) => setFilter(target.value)}>
            <option value="mine">mine</option>
            <option value="all">all</option>
            {ids.map((id) => (
              <option key={id} value={id}>
                {mine.includes(id) ? `${id} (mine)` : id}
              </option>
            ))}
            {filter !== 'mine' && filter !== 'all' && !ids.includes(filter) && <option value={filter}>{filter}</option>}
          </select>
        </label>
        <button type="button" className="button inspector-small" onClick={onClear}>
          Clear events
        </button>
      </div>
      <ol className="inspector-scroll" reversed>
        {chosen
          .slice(-limit)
          .reverse()
          .map((event) => (
            <EventRow key={event.id} event={event} />
          ))}
        {chosen.length > limit && (
          <li>
            <button type="button" className="button inspector-small" onClick={() => setLimit(limit + shownAtOnce)}>
              Show older events
            </button>
          </li>
        )}
      </ol>
      {chosen.length === 0 && <p className="inspector-hint">No events yet.</p>}
    </section>
  );
}
