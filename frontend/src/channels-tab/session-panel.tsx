import { useId, useState } from 'react';
import { StatusLine } from '../components/status-line';
import { performAction } from '../inspector/inspector-api';
import { formatClock } from '../presentation/format';
import type { IconName } from '../presentation/icons';
import type { SessionState } from './channel-session';
import '../components/connection-panel.css';

type SessionPanelProps = {
  readonly snapshot: SessionState;
  /** Whether the connection can be dropped. */
  readonly local: boolean;
  readonly onConnect: () => void;
  readonly onDisconnect: () => void;
};

type Words = { readonly icon: IconName; readonly tone: 'quiet' | 'busy' | 'good' | 'bad'; readonly word: string };

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
  const { icon, tone, word } = failed ? ({ ...words.disconnected, icon: 'alert', tone: 'bad' } as const) : words[state];
  return (
    <section className="panel connection" aria-labelledby={heading}>
      <h2 id={heading}>Connection for channels</h2>
      <StatusLine
        label="Connection for channels"
        icon={icon}
        tone={tone}
        word={word}
        detail={since === undefined ? undefined : `since ${formatClock(since)}`}
      />
      <div className="buttons">
        {state === 'disconnected' ? (
          <button type="button" className="button" onClick={onConnect}>
            Connect
          </button>
        ) : (
          <button type="button" className="button" onClick={onDisconnect}>
            Disconnect
          </button>
        )}
        {local && <Drop connectionId={connectionId} />}
      </div>
      {problem && (
        <p className="report" role="alert">
          {problem}
        </p>
      )}
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
