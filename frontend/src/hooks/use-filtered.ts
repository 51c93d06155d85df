import { useEffect, useMemo, useState } from 'react';
import type { Entry } from '../conversation/entry';
import type { LogSnapshot } from '../conversation/log';
import { LogFilter } from '../conversation/log-filter';
import type { Matcher } from '../conversation/matcher';

/** Returns the entries that match. If a filter takes long, the matches appear over several frames. */
export function useFiltered(snapshot: LogSnapshot, matcher: Matcher | undefined, type: string): readonly Entry[] {
  const filter = useMemo(() => new LogFilter(matcher, type), [matcher, type]);
  const [turn, setTurn] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the filter continues with each turn
  const shown = useMemo(() => filter.apply(snapshot), [filter, snapshot, turn]);
  const { done } = filter;
  // biome-ignore lint/correctness/useExhaustiveDependencies: as above
  useEffect(() => {
    if (done) {
      return undefined;
    }
    const frame = requestAnimationFrame(() => setTurn((old) => old + 1));
    return () => cancelAnimationFrame(frame);
  }, [done, shown]);
  return shown;
}
