import { useId } from 'react';
import type { Identity } from '../socket/message';
import type { SocketSnapshot } from '../socket/socket';
import { ConnectionState } from './connection-state';
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

/** The state of the connection, and the button that changes it. */
export function ConnectionPanel(props: ConnectionPanelProps) {
  const { url, snapshot, identity, signedIn, onConnect, onDisconnect } = props;
  const heading = useId();
  return (
    <section className="panel connection" aria-labelledby={heading}>
      <h2 id={heading}>Connection</h2>
      <ConnectionState snapshot={snapshot} />
      {isBusy(snapshot) ? (
        <button type="button" className="button" onClick={onDisconnect} disabled={snapshot.state === 'closing'}>
          Disconnect
        </button>
      ) : (
        <button type="button" className={signedIn ? 'button button-primary' : 'button'} onClick={onConnect}>
          {signedIn ? 'Connect' : 'Connect without a token'}
        </button>
      )}
      {snapshot.state === 'closed' && <EndingReport ending={snapshot.ending} />}
      {snapshot.state === 'idle' && <p className="report">{hint(signedIn)}</p>}
      <Facts url={url} snapshot={snapshot} identity={identity} />
    </section>
  );
}

function isBusy({ state }: SocketSnapshot): boolean {
  return state === 'connecting' || state === 'open' || state === 'closing';
}

function hint(signedIn: boolean): string {
  return signedIn
    ? 'You are signed in. Connect, and your token is checked at the door.'
    : 'Sign in first: the door opens only to a token. Knocking without one shows how it refuses.';
}
