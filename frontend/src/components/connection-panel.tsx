import { useId } from 'react';
import type { Identity } from '../conversation/identity';
import { explainEnding } from '../socket/close-code';
import type { SocketSnapshot } from '../socket/state';
import { ConnectionState } from './connection-state';
import { Countdown } from './countdown';
import { EndingReport } from './ending-report';
import { Facts } from './facts';
import './connection-panel.css';

type ConnectionPanelProps = {
  readonly url: string;
  readonly snapshot: SocketSnapshot;
  readonly identity: Identity | undefined;
  /** By how many seconds this page's clock is ahead of the server's. */
  readonly ahead: number;
  /** Whether there is a token to connect with. */
  readonly signedIn: boolean;
  readonly onConnect: () => void;
  readonly onDisconnect: () => void;
  readonly onSignIn: () => void;
};

/** Error codes that come again with the same token, but perhaps not with a new one. */
const staleTokenCodes: ReadonlySet<string> = new Set(['token_invalid', 'token_issuer', 'token_expired']);

/** The state of the connection, and the buttons that change it. */
export function ConnectionPanel(props: ConnectionPanelProps) {
  const { url, snapshot, identity, ahead, signedIn } = props;
  const heading = useId();
  return (
    <section className="panel connection" aria-labelledby={heading}>
      <h2 id={heading}>Connection</h2>
      <ConnectionState snapshot={snapshot} />
      {snapshot.state === 'waiting' && <Countdown waiting={snapshot} />}
      <Buttons {...props} />
      {'ending' in snapshot && <EndingReport ending={snapshot.ending} />}
      {snapshot.state === 'closed' && snapshot.gaveUp && (
        <p className="report">Gave up after several attempts. Press Connect to try again.</p>
      )}
      {snapshot.state === 'idle' && <p className="report">{hint(signedIn)}</p>}
      <Facts url={url} snapshot={snapshot} identity={identity} ahead={ahead} />
    </section>
  );
}

function Buttons({ snapshot, signedIn, onConnect, onDisconnect, onSignIn }: ConnectionPanelProps) {
  const { state } = snapshot;
  if (signedIn && isStale(snapshot)) {
    return (
      <div className="buttons">
        <button type="button" className="button button-primary" onClick={onSignIn}>
          Sign in again
        </button>
        <button type="button" className="button" onClick={onConnect}>
          Connect
        </button>
      </div>
    );
  }
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

/** Returns whether the server refused the token and a new one may help. */
function isStale(snapshot: SocketSnapshot): boolean {
  return snapshot.state === 'closed' && staleTokenCodes.has(explainEnding(snapshot.ending).code ?? '');
}

function hint(signedIn: boolean): string {
  return signedIn
    ? 'You are signed in. Press Connect: the server then checks your token.'
    : 'Sign in first. You can also connect without a token to see how the server refuses.';
}
