import { useEffect, useState } from 'react';
import { Loading } from '../components/lazy-part';
import { Modal } from '../components/modal';
import { Printed } from './printed';
import { SessionDocument } from './session-document';
import { fileLimits, type ParsedSession, parseSession } from './session-file';
import './opened-file.css';

type OpenedFileProps = { readonly file: File; readonly onClose: () => void };

/** Shows the file of a session, read only. While it is open, the browser prints it instead of the log. */
export function OpenedFile({ file, onClose }: OpenedFileProps) {
  const [opened, setOpened] = useState<ParsedSession>();
  useEffect(() => {
    void read(file).then(setOpened);
  }, [file]);
  const session = opened?.ok ? opened.session : undefined;
  const title = session ? 'Saved session, read only' : opened ? 'The file cannot be opened' : 'Saved session';
  return (
    <Modal title={title} className={session ? 'session-dialog' : ''} onClose={onClose}>
      {session && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
        <section className="session-scroll" aria-label="Lines of the session" tabIndex={0}>
          <SessionDocument session={session} />
        </section>
      )}
      {opened && !opened.ok && <p role="alert">{opened.problem}</p>}
      {!opened && <Loading />}
      <form method="dialog" className="dialog-foot">
        <button type="submit" className="button">
          Close
        </button>
        {session && (
          <button type="button" className="button" onClick={() => print()}>
            Print
          </button>
        )}
      </form>
      {session && <Printed session={() => session} />}
    </Modal>
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
