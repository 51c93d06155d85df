import { formatCount, formatMoment, formatSize, formatTime } from '../presentation/format';
import type { ShownLine } from './line';
import type { SessionFile } from './session-file';
import './session-document.css';

/** Shows all lines of a session, to read or to print. */
export function SessionDocument({ session }: { session: SessionFile }) {
  const { page, savedAt, dropped, lines } = session;
  return (
    <div className="session-document">
      <p className="session-origin">
        {page}, {formatMoment(savedAt)}: {formatCount(lines.length)} {lines.length === 1 ? 'line' : 'lines'}
        {dropped > 0 && `, ${formatCount(dropped)} older ones dropped`}
      </p>
      <table>
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Direction</th>
            <th scope="col">Type</th>
            <th scope="col">Size</th>
            <th scope="col">Text</th>
          </tr>
        </thead>
        <tbody>
          {lines.map((line, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: the lines never change, and have no other name
            <Line key={index} line={line} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const directions = { sent: '↑ sent', received: '↓ received', note: 'socket' } as const;

function Line({ line }: { line: ShownLine }) {
  const { at, direction, type, size, text, outcome, route, trip, trouble, count } = line;
  const details = [
    outcome !== undefined && outcome !== 'sent' && outcome,
    trip !== undefined && `${trip.toFixed(1)} ms after ${route ?? 'the message'}`,
    count !== undefined && `${count} times`,
  ].filter((detail) => typeof detail === 'string');
  return (
    <tr className={trouble ? 'session-trouble' : undefined}>
      <td>
        <time dateTime={new Date(at).toISOString()}>{formatTime(at)}</time>
      </td>
      <td>{directions[direction]}</td>
      <td>{type}</td>
      <td>{direction === 'note' ? '' : formatSize(size)}</td>
      <td>
        <bdi>{text}</bdi>
        {details.length > 0 && <span> ({details.join(', ')})</span>}
      </td>
    </tr>
  );
}
