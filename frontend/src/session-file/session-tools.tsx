import { useEffect, useRef, useState } from 'react';
import { createPortal, flushSync } from 'react-dom';
import { Modal } from '../components/modal';
import type { Entry } from '../conversation/entry';
import { saveFile } from '../presentation/save-file';
import { SessionDocument } from './session-document';
import { fileLimits, type ParsedSession, parseSession, type SessionFile, sessionOf, textOf } from './session-file';
import './session-tools.css';

type SessionToolsProps = {
  readonly entries: readonly Entry[];
  /** The number of older entries that the log has dropped. */
  readonly dropped: number;
};

/** Saves the log as a file, opens such a file, and prints the log or the opened file. */
export function SessionTools({ entries, dropped }: SessionToolsProps) {
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
      <OpenSession current={current} />
      <button type="button" className="button button-quiet" onClick={() => print()}>
        Print
      </button>
    </>
  );
}

type OpenSessionProps = {
  /** Returns the session of this page, which is printed while no other one is open. */
  readonly current?: () => SessionFile;
};

/** Opens the file of a session and shows it, read only. */
export function OpenSession({ current }: OpenSessionProps) {
  const [opened, setOpened] = useState<ParsedSession>();
  const input = useRef<HTMLInputElement>(null);
  const open = async (file: File | undefined) => {
    if (file) {
      setOpened(await read(file));
    }
  };
  return (
    <>
      <button type="button" className="button button-quiet" onClick={() => input.current?.click()}>
        Open session file
      </button>
      <input
        ref={input}
        type="file"
        accept=".json,application/json"
        aria-label="File of a session"
        hidden
        onChange={({ target }) => {
          void open(target.files?.[0]);
          target.value = ''; // the same file can be opened again
        }}
      />
      {opened && <SessionDialog opened={opened} onClose={() => setOpened(undefined)} />}
      <Printed session={() => (opened?.ok ? opened.session : current?.())} />
    </>
  );
}

function SessionDialog({ opened, onClose }: { opened: ParsedSession; onClose: () => void }) {
  const title = opened.ok ? 'Saved session, read only' : 'The file cannot be opened';
  return createPortal(
    <Modal title={title} className={opened.ok ? 'session-dialog' : ''} onClose={onClose}>
      {opened.ok ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
        <section className="session-scroll" aria-label="Lines of the session" tabIndex={0}>
          <SessionDocument session={opened.session} />
        </section>
      ) : (
        <p role="alert">{opened.problem}</p>
      )}
      <form method="dialog" className="dialog-foot">
        <button type="submit" className="button">
          Close
        </button>
        {opened.ok && (
          <button type="button" className="button" onClick={() => print()}>
            Print
          </button>
        )}
      </form>
    </Modal>,
    document.body,
  );
}

/** The printed form of a session. It is rendered only while the browser prints. */
function Printed({ session }: { session: () => SessionFile | undefined }) {
  const [printed, setPrinted] = useState<SessionFile>();
  const latest = useRef(session);
  useEffect(() => {
    latest.current = session;
  });
  useEffect(() => {
    // The browser prints the page in its state at the end of the event.
    const begin = () => flushSync(() => setPrinted(latest.current()));
    const end = () => setPrinted(undefined);
    addEventListener('beforeprint', begin);
    addEventListener('afterprint', end);
    return () => {
      removeEventListener('beforeprint', begin);
      removeEventListener('afterprint', end);
    };
  }, []);
  return (
    printed &&
    createPortal(
      <div className="printed">
        <h1>Sallyport session</h1>
        <SessionDocument session={printed} />
      </div>,
      document.body,
    )
  );
}

async function read(file: File): Promise<ParsedSession> {
  if (file.size > fileLimits.bytes) {
    return { ok: false, problem: `The file is larger than ${fileLimits.bytes >> 20} MB.` };
  }
  try {
    return parseSession(await file.text());
  } catch {
    return { ok: false, problem: 'The file cannot be read.' };
  }
}

/** Saves a session as a file through the browser. */
function save(session: SessionFile): void {
  saveFile('sallyport-session', session.savedAt, { text: textOf(session), type: 'json' });
}
