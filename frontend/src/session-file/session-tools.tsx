import type { SessionFileInput } from '../components/message-log';
import type { Entry } from '../conversation/entry';
import { saveFile } from '../presentation/save-file';
import { Printed } from './printed';
import { type SessionFile, sessionOf, textOf } from './session-file';

type SessionToolsProps = {
  readonly entries: readonly Entry[];
  /** The number of older entries that the log has dropped. */
  readonly dropped: number;
  readonly file: SessionFileInput;
};

/** Saves the log as a file, opens such a file, and prints the log. */
export function SessionTools({ entries, dropped, file }: SessionToolsProps) {
  const current = () => sessionOf(entries, dropped, location.origin, Date.now());
  return (
    <>
      <button
        type="button"
        className="button button-quiet"
        aria-disabled={entries.length === 0}
        onClick={() => entries.length > 0 && save(current())}
      >
        Save session
      </button>
      <button type="button" className="button button-quiet" onClick={file.choose}>
        Open session file
      </button>
      <button type="button" className="button button-quiet" onClick={() => print()}>
        Print
      </button>
      {!file.opened && <Printed session={current} />}
    </>
  );
}

/** Saves a session as a file through the browser. */
function save(session: SessionFile): void {
  saveFile('sallyport-session', session.savedAt, { text: textOf(session), type: 'json' });
}
