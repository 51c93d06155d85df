import { useId } from 'react';
import { formatClock } from '../presentation/format';
import type { OpenConnection } from './inspector-api';

type ConnectionListProps = {
  readonly connections: readonly OpenConnection[];
  /** The ids of this page's connections, present and past. */
  readonly mine: readonly string[];
};

/** Shows the open connections of the gateway. */
export function ConnectionList({ connections, mine }: ConnectionListProps) {
  const heading = useId();
  return (
    <section aria-labelledby={heading}>
      <h3 id={heading}>Connections: {connections.length}</h3>
      {connections.length > 0 && (
        <table>
          <thead>
            <tr>
              <th scope="col">Connection</th>
              <th scope="col">User</th>
              <th scope="col">Since</th>
              <th scope="col">Last message</th>
              <th scope="col">In</th>
              <th scope="col">Out</th>
            </tr>
          </thead>
          <tbody>
            {connections.map((one) => (
              <tr key={one.id} className={mine.includes(one.id) ? 'inspector-mine' : undefined}>
                <td>
                  <code>{one.id}</code>
                  {mine.includes(one.id) && ' (mine)'}
                </td>
                <td>{one.user ?? 'unknown'}</td>
                <td>{formatClock(one.connectedAt)}</td>
                <td>{formatClock(one.lastActiveAt)}</td>
                <td>{one.received}</td>
                <td>{one.sent}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}
