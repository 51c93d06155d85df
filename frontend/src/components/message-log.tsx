import { useEffect, useId, useState } from 'react';
import type { Identity } from '../conversation/identity';
import type { Log } from '../conversation/log';
import { useStore } from '../hooks/use-store';
import type { SocketSnapshot } from '../socket/state';
import { EmptyLog } from './empty-log';
import { lazyPart } from './lazy-part';
import type { LogBodyProps } from './log-body';
import './message-log.css';

const loadBody = () => import('./log-body');
const LogBody = lazyPart(async () => (await loadBody()).LogBody, UnusedLog);

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
  const Body = used ? LogBody : UnusedLog;
  return (
    <section className="panel messages">
      <Body {...props} heading={heading} />
    </section>
  );
}

/** The log before the first entry. */
function UnusedLog({ heading, state }: LogBodyProps) {
  return (
    <>
      <div className="panel-head">
        <h2 id={heading}>Messages</h2>
      </div>
      <div className="log" role="log" aria-labelledby={heading}>
        <EmptyLog filtered={false} state={state} cleared={0} />
      </div>
    </>
  );
}
