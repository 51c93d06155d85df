import { useEffect, useRef } from 'react';
import { noteEntry } from '../conversation/entry';
import type { Log } from '../conversation/log';
import { keepLog, takeLog } from '../kept-log';
import type { Session } from '../sign-in/session';

/** Restores the user's log after a reload, and stores it when the page is left. */
export function useKeptLog(log: Log, session: Session): void {
  const user = session.state === 'signedIn' ? session.id : undefined;
  const restored = useRef<Log>(undefined);
  useEffect(() => {
    if (user === undefined) {
      return undefined;
    }
    if (restored.current !== log) {
      restored.current = log;
      restore(log, user);
    }
    const keep = () => keepLog(user, log.all());
    const onVisibility = () => document.visibilityState === 'hidden' && keep();
    addEventListener('pagehide', keep);
    document.addEventListener('visibilitychange', onVisibility);
    return () => {
      removeEventListener('pagehide', keep);
      document.removeEventListener('visibilitychange', onVisibility);
      keep(); // the sign-in opens another page, or it has expired
    };
  }, [log, user]);
}

function restore(log: Log, user: string): void {
  const kept = takeLog(user);
  if (kept.length > 0) {
    log.restore(kept);
    log.add(noteEntry('The page was loaded again. The messages above are from before.', false));
  }
}
