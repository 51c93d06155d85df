import { useEffect, useRef, useState } from 'react';
import type { Refusal } from '../inspector/refusal';
import { type Ending, endingOf, type SocketSnapshot } from '../socket/state';

/**
 * Returns the refusal of the last attempt to connect, as the local run recorded it; undefined until it is found, and if
 * there is none. A browser does not report the reason of a refused handshake, but the log of a local run has it. `local`:
 * whether a local run serves the page.
 */
export function useRefusal(snapshot: SocketSnapshot, local: boolean | undefined): Refusal | undefined {
  const since = useRef(0);
  const [found, setFound] = useState<{ readonly ending: Ending; readonly refusal: Refusal | undefined }>();
  const ending = endingOf(snapshot);

  useEffect(() => {
    if (snapshot.state === 'connecting') {
      since.current = Date.now();
    }
  }, [snapshot]);

  useEffect(() => {
    const stop = new AbortController();
    if (local && ending && isRefused(ending)) {
      void find(since.current, stop.signal).then((refusal) => stop.signal.aborted || setFound({ ending, refusal }));
    }
    return () => stop.abort();
  }, [local, ending]);

  return found !== undefined && found.ending === ending ? found.refusal : undefined;
}

/** Returns whether the ending may be a refusal by the server. */
function isRefused(ending: Ending): boolean {
  return ending.kind === 'failed' ? ending.code !== undefined : ending.kind === 'closed' && !ending.opened;
}

/** Searches the events of the local run. It never rejects: without the local run, there is no refusal to show. */
async function find(since: number, signal: AbortSignal): Promise<Refusal | undefined> {
  try {
    const { findRefusal } = await import('../inspector/refusal');
    return await findRefusal(since, signal);
  } catch {
    return undefined;
  }
}
