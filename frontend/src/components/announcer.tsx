import { useEffect, useRef, useState } from 'react';
import type { Entry } from '../conversation/entry';

/** The shortest time between two announcements, in milliseconds. */
const pause = 3000;

/** The part of an entry that is announced: its type. */
type Announced = Pick<Entry, 'id' | 'direction' | 'type'>;

/** Announces received messages to screen readers, in a few words and not too often. */
export function Announcer({ entries }: { entries: readonly Announced[] }) {
  const [said, setSaid] = useState('');
  const lastId = useRef(0);
  const newest = useRef(entries);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  useEffect(() => {
    newest.current = entries;
    timer.current ??= setTimeout(() => {
      timer.current = undefined;
      const fresh = freshOf(newest.current, lastId.current);
      lastId.current = newest.current.at(-1)?.id ?? lastId.current;
      const last = fresh.at(-1);
      if (last) {
        setSaid(`${fresh.length === 1 ? 'Received' : `${fresh.length} received, the last one:`} ${last.type}`);
      }
    }, pause);
  }, [entries]);

  useEffect(() => () => clearTimeout(timer.current), []);

  return (
    <p className="visually-hidden" aria-live="polite">
      {said}
    </p>
  );
}

function freshOf(entries: readonly Announced[], lastId: number): readonly Announced[] {
  return entries
    .slice(entries.findLastIndex(({ id }) => id <= lastId) + 1)
    .filter((one) => one.direction === 'received');
}
