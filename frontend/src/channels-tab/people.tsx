import { useId } from 'react';
import type { ChannelState } from './channel';

type PeopleProps = {
  readonly snapshot: ChannelState;
  readonly connected: boolean;
  readonly onRefresh: () => void;
};

/** Lists the users who are in the channel. */
export function People({ snapshot: { people, peopleProblem, state }, connected, onRefresh }: PeopleProps) {
  const heading = useId();
  return (
    <section className="people" aria-labelledby={heading}>
      <div className="people-head">
        <h3 id={heading}>Users here{people && `: ${people.length}`}</h3>
        <button
          type="button"
          className="button button-quiet people-refresh"
          aria-label="Refresh the list of users"
          disabled={!connected || state !== 'subscribed'}
          onClick={onRefresh}
        >
          Refresh
        </button>
      </div>
      {peopleProblem && <p className="report">Not known: {peopleProblem}</p>}
      <ul>
        {people?.map(({ name, connections, me }) => (
          <li key={name}>
            {name}
            {me && ' (you)'}
            {connections > 1 && <span className="count"> {connections} connections</span>}
          </li>
        ))}
      </ul>
    </section>
  );
}
