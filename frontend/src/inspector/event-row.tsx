import { memo, useEffect, useRef, useState } from 'react';
import { formatJson, formatSize, formatTime } from '../presentation/format';
import { eventHash } from './event-link';
import type { LambdaEvent, LoggedDocument } from './inspector-api';
import { outcomeOf } from './outcome';

type EventRowProps = {
  readonly event: LambdaEvent;
  /** Whether it is an event of this page's connections. */
  readonly mine: boolean;
  /** Whether a link leads to it. The row then opens and gets the focus. */
  readonly linked: boolean;
  /** Is called when a link has led to it. */
  readonly onReached: () => void;
};

/** One event: a line, and its details when it is open. */
export const EventRow = memo(function EventRow({ event, mine, linked, onReached }: EventRowProps) {
  const [open, setOpen] = useState(false);
  const summary = useRef<HTMLElement>(null);
  const { text, bad } = outcomeOf(event);
  useEffect(() => {
    if (linked) {
      setOpen(true);
      summary.current?.scrollIntoView({ block: 'nearest' });
      summary.current?.focus();
      onReached();
    }
  }, [linked, onReached]);
  return (
    <li>
      <details className="event" open={open} onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary ref={summary} className={mine ? 'inspector-mine' : undefined}>
          <span className="event-number">#{event.id}</span>
          <time dateTime={new Date(event.at).toISOString()}>{formatTime(event.at)}</time>
          <span className="event-kind">{event.kind}</span>
          <span className="event-took">{event.took.toFixed(1)} ms</span>
          <span className={bad ? 'event-outcome event-bad' : 'event-outcome'}>
            {bad && <span className="visually-hidden">Trouble: </span>}
            {text}
          </span>
          {event.init !== undefined && <span className="badge">cold, {event.init.toFixed(0)} ms</span>}
          {event.failure && <span className="badge">by the inspector</span>}
          <code className="event-connection">{event.connectionId}</code>
        </summary>
        {open && <EventDetail event={event} />}
      </details>
    </li>
  );
});

function EventDetail({ event }: { event: LambdaEvent }) {
  return (
    <div className="event-detail">
      <p>
        <a href={eventHash(event.id)}>Link to event {event.id} of this run</a>
      </p>
      <Document title="Event" part={event.event} />
      {event.answer && <Document title="Answer" part={event.answer} />}
      {event.error !== undefined && (
        <>
          <h4>Error</h4>
          <pre>{event.error}</pre>
        </>
      )}
      {event.log && (
        <>
          <h4>Log</h4>
          <pre>{event.log.join('\n')}</pre>
        </>
      )}
    </div>
  );
}

function Document({ title, part }: { title: string; part: LoggedDocument }) {
  const body = bodyOf(part);
  return (
    <>
      <h4>
        {title}, {formatSize(part.size)}
        {part.text !== undefined && part.text.length < part.size && ', only the beginning'}
      </h4>
      <pre>{part.text ?? formatJson(part.json)}</pre>
      {body !== undefined && (
        <>
          <h4>Its body</h4>
          <pre>{formatJson(body)}</pre>
        </>
      )}
    </>
  );
}

/** Returns the value of a body that is JSON inside a JSON string, which is hard to read. */
function bodyOf({ json }: LoggedDocument): unknown {
  if (typeof json !== 'object' || json === null || !('body' in json) || typeof json.body !== 'string') {
    return undefined;
  }
  try {
    return JSON.parse(json.body);
  } catch {
    return undefined; // not JSON: the text is readable
  }
}
