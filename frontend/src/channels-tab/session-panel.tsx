import { useId, useState } from 'react';
import { formatClock } from '../components/format';
import { Icon, type IconName } from '../components/icon';
import { performAction } from '../inspector/inspector-api';
import type { SessionState } from './channel-session';

type SessionPanelProps = {
  readonly snapshot: SessionState;
  /** Whether the connection can be dropped. */
  readonly local: boolean;
  readonly onConnect: () => void;
  readonly onDisconnect: () => void;
};

type Words = { readonly icon: IconName; readonly tone: string; readonly word: string };

const words: Readonly<Record<SessionState['state'], Words>> = {
  disconnected: { icon: 'ring', tone: 'quiet', word: 'Not connected' },
  connecting: { icon: 'ring', tone: 'busy', word: 'Connecting…' },
  connected: { icon: 'check', tone: 'good', word: 'Connected' },
};

/** The state of the connection for channels, and the buttons that change it. */
export function SessionPanel({ snapshot, local, onConnect, onDisconnect }: SessionPanelProps) {
  const heading = useId();
  const { state, since, connectionId, problem } = snapshot;
  const failed = state === 'disconnected' && problem !== undefined;
  const { icon, tone, word } = failed ? { ...words.disconnected, icon: 'alert' as const, tone: 'bad' } : words[state];
  return (
    <section className="panel connection" aria-labelledby={heading}>
      <h2 id={heading}>Connection for channels</h2>
      <div className={`state state-${tone}`} role="status" aria-label="Connection for channels">
        <Icon name={icon} />
        <strong>{word}</strong>
        {since !== undefined && <span className="state-detail"> since {formatClock(since)}</span>}
      </div>
      {problem && (
        <p className="report" role="alert">
          {problem}
        </p>
      )}
      <div className="buttons">
        {state === 'disconnected' ? (
          <button type="button" className="button button-primary" onClick={onConnect}>
            Connect
          </button>
        ) : (
          <button type="button" className="button" onClick={onDisconnect}>
            Disconnect
          </button>
        )}
        {local && <Drop connectionId={connectionId} />}
      </div>
    </section>
  );
}

/** A button that ends the connection as API Gateway does after two hours: the client connects again and recovers. */
function Drop({ connectionId }: { connectionId: string | undefined }) {
  const [problem, setProblem] = useState('');
  const drop = () =>
    performAction('duration', connectionId).then(
      () => setProblem(''),
      (error: unknown) => setProblem(error instanceof Error ? error.message : String(error)),
    );
  return (
    <>
      <button
        type="button"
        className="button"
        title="Ends the connection as API Gateway does after two hours. Only a local run can do it."
        disabled={connectionId === undefined}
        onClick={drop}
      >
        Drop connection
      </button>
      {problem && (
        <p className="report" role="alert">
          {problem}
        </p>
      )}
    </>
  );
}
