import { useEffect, useRef, useState } from 'react';
import { createPortal, flushSync } from 'react-dom';
import { SessionDocument } from './session-document';
import type { SessionFile } from './session-file';
import './opened-file.css';

/** The printed form of a session. It is rendered only while the browser prints. */
export function Printed({ session }: { session: () => SessionFile }) {
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
