import { lazy, Suspense, useEffect, useId, useState } from 'react';
import type { Identity } from '../conversation/identity';
import type { Log } from '../conversation/log';
import { useStore } from '../hooks/use-store';
import type { SocketSnapshot } from '../socket/state';
import { EmptyLog } from './empty-log';
import './message-log.css';

const loadBody = () => import('./log-body');
const LogBody = lazy(async () => ({ default: (await loadBody()).LogBody }));

/** The data of a connection that commands for a terminal need. `outputs` is as in commandsFor. */
export type CommandTarget = {
  readonly url: string;
  readonly identity: Identity;
  readonly outputs: string | undefined;
};

export type MessageLogProps = {
  readonly log: Log;
  /** The state of the connection. */
  readonly state: SocketSnapshot['state'];
  /** The open connection, for commands; undefined until its identity is known. */
  readonly target: CommandTarget | undefined;
  /** Puts a text into the composer. */
  readonly onEdit: (text: string) => void;
};

/** Shows the log and the selected message. Its tools appear with the first entry. */
export function MessageLog(props: MessageLogProps) {
  const heading = useId();
  const [used, setUsed] = useState(false);
  const { entries } = useStore(props.log);
  if (entries.length > 0 && !used) {
    setUsed(true);
  }
  useEffect(() => void loadBody().catch(() => {}), []); // the first entry needs it soon
  const unused = (
    <>
      <div className="panel-head">
        <h2 id={heading}>Messages</h2>
      </div>
      <div className="log" role="log" aria-labelledby={heading}>
        <EmptyLog filtered={false} state={props.state} cleared={0} />
      </div>
    </>
  );
  return (
    <section className="panel messages">
      <Suspense fallback={unused}>{used ? <LogBody {...props} heading={heading} /> : unused}</Suspense>
    </section>
  );
}
