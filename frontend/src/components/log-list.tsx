import { type KeyboardEvent, type RefObject, useCallback, useId, useLayoutEffect, useState } from 'react';
import type { Entry } from '../conversation/entry';
import { useFollowing } from '../hooks/use-following';
import { visibleRows } from '../presentation/visible-rows';
import { MessageRow } from './message-row';
import './log-list.css';

type LogListProps = {
  readonly entries: readonly Entry[];
  /** Receives the element that has the focus of the list. */
  readonly box: RefObject<HTMLDivElement | null>;
  readonly selected: number | undefined;
  readonly onSelect: (id: number | undefined) => void;
};

/** ARIA's value for an unknown length. With a number, every row would be rendered again when one is added. */
const growing = -1;

/** Shows the entries. Only those in view are on the page. It follows the newest entry unless the reader scrolled up. */
export function LogList({ entries, box, selected, onSelect }: LogListProps) {
  const id = useId();
  const { top, height, row, following, missed, follow } = useFollowing(box, entries);
  const { start, end } = visibleRows(entries.length, following ? Number.MAX_SAFE_INTEGER : top, height, row);
  const at = selected === undefined ? -1 : entries.findIndex((entry) => entry.id === selected);
  const [moved, setMoved] = useState(0);

  // biome-ignore lint/correctness/useExhaustiveDependencies: only a move of the selection scrolls
  useLayoutEffect(() => {
    const element = box.current;
    if (element && at >= 0) {
      element.scrollTop = Math.min(Math.max(element.scrollTop, (at + 1) * row - element.clientHeight), at * row);
    }
  }, [moved]);

  const onKeyDown = (event: KeyboardEvent) => {
    const to = target(event, at, entries.length, Math.max(1, Math.floor(height / row) - 1));
    if (event.key === 'Escape') {
      onSelect(undefined);
    } else if (to !== undefined && entries.length > 0) {
      event.preventDefault();
      onSelect(entries[Math.min(Math.max(to, 0), entries.length - 1)]?.id);
      setMoved((count) => count + 1);
    }
  };
  const select = useCallback((entry: number) => onSelect(entry), [onSelect]);

  return (
    <div className="log-box">
      <div
        className="log-list"
        role="listbox"
        aria-label="Lines"
        aria-activedescendant={at >= start && at < end ? `${id}${selected}` : undefined}
        tabIndex={0}
        ref={box}
        onKeyDown={onKeyDown}
      >
        <div className="log-all" role="presentation" style={{ height: entries.length * row }}>
          <div className="log-shown" role="presentation" style={{ transform: `translateY(${start * row}px)` }}>
            {entries.slice(start, end).map((entry, place) => (
              <MessageRow
                key={entry.id}
                id={`${id}${entry.id}`}
                entry={entry}
                selected={entry.id === selected}
                place={start + place + 1}
                count={following ? growing : entries.length}
                onSelect={select}
              />
            ))}
          </div>
        </div>
      </div>
      {!following && (
        <button type="button" className="button button-float" onClick={follow}>
          {missed > 0 ? `${missed} new, jump to the end` : 'Paused, jump to the end'}
        </button>
      )}
    </div>
  );
}

/** Returns the index to which a key moves the selection, which may be beyond the ends; undefined for other keys. */
function target({ key }: KeyboardEvent, at: number, count: number, page: number): number | undefined {
  switch (key) {
    case 'ArrowDown':
      return at < 0 ? count - 1 : at + 1;
    case 'ArrowUp':
      return at < 0 ? count - 1 : at - 1;
    case 'PageDown':
      return at + page;
    case 'PageUp':
      return (at < 0 ? count : at) - page;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return undefined;
  }
}
