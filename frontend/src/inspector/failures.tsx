import { useId, useState } from 'react';
import { type Action, type Armed, type OpenConnection, performAction } from './inspector-api';

type Failure = {
  readonly action: Exclude<Action, 'disarm'>;
  readonly label: string;
  /** The effect in a sentence. */
  readonly effect: string;
  /** Whether it is an outage, which lasts until it is cancelled. */
  readonly lasts?: true;
};

const ofConnection: readonly Failure[] = [
  {
    action: 'idle',
    label: 'Idle out',
    effect: 'Closes it with 1001, as AWS does after ten minutes without a message.',
  },
  { action: 'duration', label: 'Two-hour limit', effect: 'Closes it with 1001, as AWS does after two hours.' },
  {
    action: 'gone',
    label: 'Gone on push',
    effect:
      'The next push to it is answered 410. If it is at least a minute old, the server deletes its record, although it stays open.',
  },
  {
    action: 'slow',
    label: 'Slow client',
    effect: 'The next push to it takes 5 s, longer than the function waits: it counts as failed and arrives late.',
  },
  {
    action: 'lose',
    label: 'Lose a push',
    effect: 'The next push to it never arrives, and the function gets no answer.',
  },
  {
    action: 'delay',
    label: 'Delay a push',
    effect:
      'The next push to it arrives after 2 s, and the function waits for it. Later messages of the channel wait, too.',
  },
];

const ofAll: readonly Failure[] = [
  {
    action: 'kill',
    label: 'Kill the function',
    effect: 'Ends all its processes: running events fail, and the next event has a cold start.',
  },
  {
    action: 'refuse',
    label: 'Refuse the next connect',
    effect: 'The authorizer denies it: 403, which browsers report as 1006.',
  },
  {
    action: 'expire',
    label: 'Expire the token',
    effect: 'The next connect is refused as if its token had expired: 401. Open connections stay open, as on AWS.',
  },
  {
    action: 'kill-worker',
    label: 'Kill the worker',
    effect:
      'Kills the process that works on messages of the queue, during its next push. The queue gives the messages out again after a minute.',
  },
  {
    action: 'queue-down',
    label: 'Queue down',
    effect: 'The queue refuses new messages. Those that it has are still processed.',
    lasts: true,
  },
  { action: 'table-down', label: 'Tables down', effect: 'The tables refuse all requests.', lasts: true },
  {
    action: 'gateway-down',
    label: 'Gateway down',
    effect: 'Closes all connections with 1001. Connects and pushes are refused.',
    lasts: true,
  },
];

type FailuresProps = {
  readonly connections: readonly OpenConnection[];
  readonly armed: Armed;
  /** The ids of this page's connections, present and past. */
  readonly mine: readonly string[];
};

/** Buttons that inject failures, to see how the page handles them. */
export function Failures({ connections, armed, mine }: FailuresProps) {
  const heading = useId();
  const [chosen, choose] = useState<string>();
  const [outcome, setOutcome] = useState('');
  const target = targetOf(connections, chosen, ...mine.toReversed());

  const act = (action: Action, label: string) =>
    performAction(action, target).then(
      () => setOutcome(`${label}: done.`),
      (error: unknown) => setOutcome(`${label}: ${error instanceof Error ? error.message : error}`),
    );

  const row = (failure: Failure, disabled: boolean) => (
    <FailureRow
      key={failure.action}
      failure={failure}
      armedFor={failure.action in armed ? armed[failure.action as keyof Armed] : undefined}
      disabled={disabled}
      onPress={() => act(failure.action, failure.label)}
    />
  );

  return (
    <section aria-labelledby={heading}>
      <h3 id={heading}>Failures</h3>
      <ul className="failures">{ofAll.map((failure) => row(failure, false))}</ul>
      <label className="inspector-bar">
        For the connection
        <select
          value={target ?? ''}
          onChange={(event) => choose(event.target.value)}
          disabled={connections.length === 0}
        >
          {connections.length === 0 && <option value="">none is open</option>}
          {connections.map(({ id, user }) => (
            <option key={id} value={id}>
              {id} {mine.includes(id) ? '(mine)' : user}
            </option>
          ))}
        </select>
      </label>
      <ul className="failures">{ofConnection.map((failure) => row(failure, target === undefined))}</ul>
      {Object.keys(armed).length > 0 && (
        <button type="button" className="button inspector-small" onClick={() => act('disarm', 'Cancel')}>
          Cancel failures
        </button>
      )}
      <p className="inspector-hint" aria-live="polite">
        {outcome}
      </p>
    </section>
  );
}

/** Returns the first of the wanted ids that is open, else the id of the first connection. */
function targetOf(connections: readonly OpenConnection[], ...wanted: (string | undefined)[]): string | undefined {
  const open = connections.map(({ id }) => id);
  return wanted.find((id) => id !== undefined && open.includes(id)) ?? open[0];
}

type FailureRowProps = {
  readonly failure: Failure;
  /** The connection into which it will be injected, "" for any; undefined if it is not armed. */
  readonly armedFor: string | undefined;
  readonly disabled: boolean;
  readonly onPress: () => void;
};

function FailureRow({ failure, armedFor, disabled, onPress }: FailureRowProps) {
  const effect = useId();
  return (
    <li>
      <button type="button" className="button" disabled={disabled} aria-describedby={effect} onClick={onPress}>
        {failure.label}
      </button>
      <p id={effect}>
        {failure.effect}
        {armedFor !== undefined && failure.lasts && <strong> It lasts until you cancel it.</strong>}
        {armedFor !== undefined && !failure.lasts && <strong> Waiting for it{armedFor && ` on ${armedFor}`}.</strong>}
      </p>
    </li>
  );
}
