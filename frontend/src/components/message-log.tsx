import { type ChangeEvent, useEffect, useId, useRef, useState } from 'react';
import type { Identity } from '../conversation/identity';
import type { Log } from '../conversation/log';
import { useStore } from '../hooks/use-store';
import type { SocketSnapshot } from '../socket/state';
import { EmptyLog } from './empty-log';
import { lazyDialog, lazyPart } from './lazy-part';
import type { LogBodyProps } from './log-body';
import './message-log.css';

const loadBody = () => import('./log-body');
const LogBody = lazyPart(async () => (await loadBody()).LogBody, UnusedLog);
const OpenedFile = lazyDialog('Saved session', async () => (await import('../session-file/opened-file')).OpenedFile);

/** The choice of a session's file. */
export type SessionFileInput = {
  /** Whether a file is open. */
  readonly opened: boolean;
  readonly choose: () => void;
};

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

/**
 * Shows the log and the selected message. Its tools appear with the first entry. The file of a session that the user has
 * chosen stays open then.
 */
export function MessageLog(props: MessageLogProps) {
  const heading = useId();
  const [used, setUsed] = useState(false);
  const { entries } = useStore(props.log);
  if (entries.length > 0 && !used) {
    setUsed(true);
  }
  useEffect(() => void loadBody().catch(() => {}), []); // the first entry needs it soon
  const input = useRef<HTMLInputElement>(null);
  const [file, setFile] = useState<File>();
  const choice = { opened: file !== undefined, choose: () => input.current?.click() };
  const chosen = ({ target }: ChangeEvent<HTMLInputElement>) => {
    setFile(target.files?.[0]);
    target.value = ''; // the same file can be opened again
  };
  const Body = used ? LogBody : UnusedLog;
  return (
    <section className="panel messages">
      <Body {...props} heading={heading} file={choice} />
      <input
        ref={input}
        type="file"
        accept=".json,application/json"
        aria-label="File of a session"
        hidden
        onChange={chosen}
      />
      {file && <OpenedFile file={file} onClose={() => setFile(undefined)} />}
    </section>
  );
}

/** The log before the first entry. */
function UnusedLog({ heading, state, file }: LogBodyProps) {
  return (
    <>
      <div className="panel-head">
        <h2 id={heading}>Messages</h2>
      </div>
      <div className="log" role="log" aria-labelledby={heading}>
        <EmptyLog filtered={false} state={state} cleared={0} onOpen={file.choose} />
      </div>
    </>
  );
}
