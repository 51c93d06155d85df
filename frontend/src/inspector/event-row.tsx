import { memo, useState } from 'react';
import { formatJson, formatSize, formatTime } from '../presentation/format';
import type { LambdaEvent, LoggedDocument } from './inspector-api';
import { outcomeOf } from './outcome';

/** One event: a line, and its details when it is open. */
export const EventRow = memo(function EventRow({ event }: { event: LambdaEvent }) {
  const [open, setOpen] = useState(false);
  const { text, bad } = outcomeOf(event);
  return (
    <li>
      <details className="event" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
        <summary>
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
