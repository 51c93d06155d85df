import { type KeyboardEvent, type RefObject, useCallback, useId, useState } from 'react';
import type { Entry } from '../conversation/entry';
import { useFollowing, useScroll } from '../hooks/use-following';
import { useNow } from '../hooks/use-now';
import { useRowLayout } from '../hooks/use-row-layout';
import { formatPlural } from '../presentation/format';
import type { LogView } from '../presentation/log-view';
import { partnerOf } from '../presentation/partner';
import { visibleRows } from '../presentation/row-layout';
import { timeOf } from '../presentation/row-time';
import { MessageRow } from './message-row';
import './log-list.css';

type LogListProps = {
  readonly entries: readonly Entry[];
  /** Receives the element that has the focus of the list. */
  readonly box: RefObject<HTMLDivElement | null>;
  readonly view: LogView;
  readonly selected: number | undefined;
  readonly onSelect: (id: number | undefined) => void;
  /** Pins or unpins the selected entry. */
  readonly onPin: () => void;
};

/** ARIA's value for an unknown length. With a number, every row would be rendered again when one is added. */
const growing = -1;

/** Shows the entries. Only those in view are on the page. It follows the newest entry unless the reader scrolled up. */
export function LogList({ entries, box, view, selected, onSelect, onPin }: LogListProps) {
  const id = useId();
  const now = useNow(view.time === 'age');
  const scroll = useScroll(box);
  const { top, height, width, following } = scroll;
  const layout = useRowLayout(box, entries, view.wrapped, width);
  const { start, end } = visibleRows(layout, following ? Number.MAX_SAFE_INTEGER : top, height);
  const at = selected === undefined ? -1 : entries.findIndex((entry) => entry.id === selected);
  const { missed, follow } = useFollowing({ box, entries, layout, selected: at }, scroll);
  const [hovered, setHovered] = useState<number>();
  const inView = entries.slice(start, end);
  const paired = partnerOf(inView, hovered ?? selected)?.id;

  const onKeyDown = (event: KeyboardEvent) => {
    const to = target(event, at, entries.length, Math.max(1, layout.at(top + height) - layout.at(top) - 1));
    if (event.key === 'Escape') {
      onSelect(undefined);
    } else if (event.key === 'p' && !event.ctrlKey && !event.metaKey && !event.altKey) {
      onPin();
    } else if (to !== undefined && entries.length > 0) {
      event.preventDefault();
      onSelect(entries[Math.min(Math.max(to, 0), entries.length - 1)]?.id);
    }
  };
  const select = useCallback((entry: number) => onSelect(entry), [onSelect]);

  return (
    <div className="log-box">
      <div
        className={view.wrapped ? 'log-list log-wrapped' : 'log-list'}
        role="listbox"
        aria-label="Lines"
        aria-activedescendant={at >= start && at < end ? `${id}${selected}` : undefined}
        tabIndex={0}
        ref={box}
        onKeyDown={onKeyDown}
        onMouseLeave={() => setHovered(undefined)}
      >
        <div className="log-all" role="presentation" style={{ height: layout.top(entries.length) }}>
          {view.wrapped && <Ruler />}
          <div className="log-shown" role="presentation" style={{ transform: `translateY(${layout.top(start)}px)` }}>
            {inView.map((entry, place) => (
              <MessageRow
                key={entry.id}
                id={`${id}${entry.id}`}
                entry={entry}
                time={timeOf(entry, entries[start + place - 1], view.time, now)}
                height={view.wrapped ? layout.top(start + place + 1) - layout.top(start + place) : undefined}
                selected={entry.id === selected}
                paired={entry.id === paired}
                place={start + place + 1}
                count={following ? growing : entries.length}
                onSelect={select}
                onHover={setHovered}
              />
            ))}
          </div>
        </div>
      </div>
      {!following && (
        <button type="button" className="button button-float" onClick={follow}>
          {missed > 0 ? `${formatPlural(missed, 'new', 'new')}, jump to the end` : 'Jump to the end'}
        </button>
      )}
    </div>
  );
}

/** A text of ten characters, to measure the width of one. */
function Ruler() {
  return (
    <span className="row-line log-ruler" aria-hidden="true">
      0000000000
    </span>
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
