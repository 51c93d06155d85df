import { type ReactNode, useEffect, useId, useRef, useState } from 'react';
import type { Identity } from '../conversation/identity';
import { useMedia } from '../hooks/use-media';
import { useNextFocus } from '../hooks/use-next-focus';
import { useSession } from '../hooks/use-session';
import type { Refusal } from '../inspector/refusal';
import type { Regions } from '../regions';
import { titleOf } from '../socket/ending';
import { type Ending, endingOf, isReconnecting, type SocketSnapshot } from '../socket/state';
import { ClockWarning } from './clock-warning';
import { ConnectionState } from './connection-state';
import { Countdown } from './countdown';
import { lazyPart } from './lazy-part';
import { SessionLine } from './session-line';
import './connection-panel.css';

const loadReport = () => import('./ending-report');
const loadFacts = () => import('./facts');
const EndingReport = lazyPart(async () => (await loadReport()).EndingReport);
const Facts = lazyPart(async () => (await loadFacts()).Facts);

type ConnectionPanelProps = {
  readonly url: string;
  /** The stacks of several regions, if there are several. */
  readonly regions?: Regions | undefined;
  readonly snapshot: SocketSnapshot;
  readonly identity: Identity | undefined;
  /** The refusal of the last attempt, as the local run saw it. Undefined in a deployment, or if there is none. */
  readonly refusal?: Refusal | undefined;
  /** By how many seconds this page's clock is ahead of the server's. */
  readonly ahead: number;
  /** How the last renewal of the open connection failed, if it did. */
  readonly failure?: Ending | undefined;
  /** Whether the page can get a newer credential without the user. */
  readonly renewable: boolean;
  /** Whether there is a token to connect with. */
  readonly signedIn: boolean;
  /** Whether nobody is signed in. While the page does not know it yet, this and `signedIn` are false. */
  readonly offersSignIn: boolean;
  /** More controls, which are shown with the data. */
  readonly tools?: ReactNode;
  readonly onConnect: () => void;
  readonly onDisconnect: () => void;
  readonly onSignIn: () => void;
};

/** Error codes that come again with the same token, but perhaps not with a new one. */
const staleTokenCodes: ReadonlySet<string> = new Set(['token_invalid', 'token_issuer', 'token_expired']);

/** On a page with at least this size, the data of the connection is shown until the user hides it. */
const roomyScreen = '(min-width: 56rem) and (min-height: 48rem)';

/** The state of the connection, the buttons that change it, and its data. Parts that come and go are below the buttons. */
export function ConnectionPanel(props: ConnectionPanelProps) {
  const { url, regions, snapshot, identity, refusal, ahead, tools } = props;
  const session = useSession(props);
  const id = useId();
  const roomy = useMedia(roomyScreen);
  const [chosen, setChosen] = useState<boolean>();
  const detailed = chosen ?? roomy;
  const ending = endingOf(snapshot);
  useEffect(() => {
    // The network may be down when they are needed.
    Promise.all([loadReport(), loadFacts()]).catch(() => {});
  }, []);
  return (
    <section className="panel connection" aria-labelledby={`${id}heading`}>
      <h2 id={`${id}heading`}>Connection</h2>
      <button
        type="button"
        className="button button-quiet connection-details"
        aria-expanded={detailed}
        aria-controls={`${id}tools ${id}details`}
        onClick={() => setChosen(!detailed)}
      >
        Details
      </button>
      <ConnectionState snapshot={snapshot} code={refusal?.code} session={session} />
      <Buttons {...props} />
      <div id={`${id}tools`} hidden={!detailed}>
        {tools}
      </div>
      {session && <SessionLine session={session} onSignIn={props.onSignIn} />}
      {isReconnecting(snapshot) && <Countdown snapshot={snapshot} />}
      <ClockWarning ahead={ahead} />
      {ending && <EndingReport url={url} ending={ending} refusal={refusal} />}
      {snapshot.state === 'closed' && snapshot.gaveUp && (
        <p className="report">Gave up after several attempts. Press Connect to try again.</p>
      )}
      <div id={`${id}details`} hidden={!detailed}>
        <Facts url={url} regions={regions} snapshot={snapshot} identity={identity} ahead={ahead} />
      </div>
    </section>
  );
}

/**
 * One button connects or disconnects. It is one element in all states, so that it keeps the focus. The buttons that come
 * and go are after it: otherwise a late click on one of them would hit it. A page without a user is the exception.
 */
function Buttons(props: ConnectionPanelProps) {
  const { snapshot, signedIn, offersSignIn, onConnect, onDisconnect, onSignIn } = props;
  const ended = snapshot.state === 'idle' || snapshot.state === 'closed';
  const again = signedIn && isStale(props);
  const offers = ended && offersSignIn;
  const main = useRef<HTMLButtonElement>(null);
  const leaving = useNextFocus(isReconnecting(snapshot), main);
  return (
    <div className={offers ? 'buttons sign-in-offer' : 'buttons'}>
      {offers && snapshot.state === 'idle' && <p>The WebSocket opens only with a verified token.</p>}
      {offers && (
        <button type="button" className="button button-primary" onClick={onSignIn}>
          Sign in
        </button>
      )}
      <button
        key="main"
        ref={main}
        type="button"
        className={offers ? 'link' : ended && signedIn && !again ? 'button button-primary' : 'button'}
        onClick={ended ? onConnect : onDisconnect}
      >
        {connectLabel(ended, offersSignIn)}
      </button>
      {again && (
        <button type="button" className="button button-primary" onClick={onSignIn}>
          Sign in again
        </button>
      )}
      {isReconnecting(snapshot) && (
        <button
          type="button"
          className="button button-primary"
          aria-disabled={snapshot.state === 'connecting'}
          onClick={onConnect}
          {...leaving}
        >
          Try now
        </button>
      )}
    </div>
  );
}

function connectLabel(ended: boolean, offersSignIn: boolean): string {
  if (!ended) {
    return 'Disconnect';
  }
  return offersSignIn ? 'Connect without a token to see the refusal' : 'Connect';
}

/** Returns whether the server refused the token and a new one may help. */
function isStale({ snapshot, refusal }: ConnectionPanelProps): boolean {
  return snapshot.state === 'closed' && staleTokenCodes.has(titleOf(snapshot.ending).code ?? refusal?.code ?? '');
}
