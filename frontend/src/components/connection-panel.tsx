import { useId } from 'react';
import type { Identity } from '../socket/message';
import type { SocketSnapshot } from '../socket/state';
import { ConnectionState } from './connection-state';
import { Countdown } from './countdown';
import { EndingReport } from './ending-report';
import { Facts } from './facts';

type ConnectionPanelProps = {
  readonly url: string;
  readonly snapshot: SocketSnapshot;
  readonly identity: Identity | undefined;
  /** Whether there is a token to show at the door. */
  readonly signedIn: boolean;
  readonly onConnect: () => void;
  readonly onDisconnect: () => void;
};

/** The state of the connection, and the buttons that change it. */
export function ConnectionPanel(props: ConnectionPanelProps) {
  const { url, snapshot, identity, signedIn } = props;
  const heading = useId();
  return (
    <section className="panel connection" aria-labelledby={heading}>
      <h2 id={heading}>Connection</h2>
      <ConnectionState snapshot={snapshot} />
      {snapshot.state === 'waiting' && <Countdown waiting={snapshot} />}
      <Buttons {...props} />
      {'ending' in snapshot && <EndingReport ending={snapshot.ending} />}
      {snapshot.state === 'closed' && snapshot.gaveUp && (
        <p className="report">There were enough attempts. Connect tries again.</p>
      )}
      {snapshot.state === 'idle' && <p className="report">{hint(signedIn)}</p>}
      <Facts url={url} snapshot={snapshot} identity={identity} />
    </section>
  );
}

function Buttons({ snapshot: { state }, signedIn, onConnect, onDisconnect }: ConnectionPanelProps) {
  if (state === 'idle' || state === 'closed') {
    return (
      <button type="button" className={signedIn ? 'button button-primary' : 'button'} onClick={onConnect}>
        {signedIn ? 'Connect' : 'Connect without a token'}
      </button>
    );
  }
  return (
    <div className="buttons">
      {state === 'waiting' && (
        <button type="button" className="button button-primary" onClick={onConnect}>
          Try now
        </button>
      )}
      <button type="button" className="button" onClick={onDisconnect}>
        Disconnect
      </button>
    </div>
  );
}

function hint(signedIn: boolean): string {
  return signedIn
    ? 'You are signed in. Connect, and your token is checked at the door.'
    : 'Sign in first: the door opens only to a token. Knocking without one shows how it refuses.';
}
