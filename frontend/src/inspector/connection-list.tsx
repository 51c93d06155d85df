import { useId } from 'react';
import { formatMoment, formatPlural } from '../presentation/format';
import { CountsChart } from './counts-chart';
import type { OpenConnection } from './inspector-api';
import { clientOf } from './user-agent';
import './connection-list.css';

type ConnectionListProps = {
  readonly connections: readonly OpenConnection[];
  /** The ids of this page's connections, present and past. */
  readonly mine: readonly string[];
};

/** The number of connections that are shown. */
const shownAtMost = 200;

/** Shows the open connections of the gateway with their users, and the numbers of both over time. */
export function ConnectionList({ connections, mine }: ConnectionListProps) {
  const heading = useId();
  const users = new Set(connections.map(({ user }) => user)).size;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <section aria-labelledby={heading} className="connections" tabIndex={0}>
      <h3 id={heading}>
        Connected: {formatPlural(connections.length, 'connection')} of {formatPlural(users, 'user')}
      </h3>
      <CountsChart connections={connections.length} users={users} />
      {connections.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">User</th>
              <th scope="col">Connection</th>
              <th scope="col">Since</th>
              <th scope="col">Source</th>
              <th scope="col">Messages</th>
            </tr>
          </thead>
          <tbody>
            {connections.slice(0, shownAtMost).map((one) => (
              <Row key={one.id} connection={one} mine={mine.includes(one.id)} />
            ))}
          </tbody>
        </table>
      )}
      {connections.length > shownAtMost && (
        <p className="inspector-hint">
          {connections.length - shownAtMost} more. The list has the {shownAtMost} oldest connections.
        </p>
      )}
    </section>
  );
}

function Row({ connection, mine }: { connection: OpenConnection; mine: boolean }) {
  const { id, user, connectedAt, lastActiveAt, sourceIp, userAgent, received, sent } = connection;
  return (
    <tr className={mine ? 'inspector-mine' : undefined}>
      <td>{user ?? 'unknown'}</td>
      <td>
        <code>{id}</code>
        {mine && ' (mine)'}
      </td>
      <td>
        <time dateTime={new Date(connectedAt).toISOString()}>{formatMoment(connectedAt)}</time>
      </td>
      <td title={userAgent}>
        {sourceIp} {clientOf(userAgent)}
      </td>
      <td title={`Last message from the client: ${formatMoment(lastActiveAt)}`}>
        {received} in, {sent} out
      </td>
    </tr>
  );
}
