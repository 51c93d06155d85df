import type { Entry } from '../conversation/entry';
import { viewOf } from '../presentation/entry-view';
import { formatTime } from '../presentation/format';
import { Icon } from './icon';
import './message-row.css';
import './pinned-list.css';

type PinnedListProps = {
  readonly entries: readonly Entry[];
  readonly selected: number | undefined;
  readonly onSelect: (id: number) => void;
  readonly onUnpin: (entry: Entry) => void;
};

/** The pinned entries. They stay in view, also when the log is cleared. */
export function PinnedList({ entries, selected, onSelect, onUnpin }: PinnedListProps) {
  return (
    <ul className="pinned" aria-label="Pinned">
      {entries.map((entry) => {
        const { word, line, tone } = viewOf(entry);
        return (
          <li key={entry.id} className={`pinned-row row-${tone}`}>
            <button type="button" aria-pressed={entry.id === selected} onClick={() => onSelect(entry.id)}>
              <time className="row-time" dateTime={new Date(entry.at).toISOString()}>
                {formatTime(entry.at).slice(0, 8)}
              </time>
              <span className="row-type">
                <span className="visually-hidden">{word} </span>
                {entry.type}
              </span>
              <span className="row-line">{line}</span>
            </button>
            <button
              type="button"
              className="button button-icon"
              aria-label={`Unpin ${word.toLowerCase()} ${entry.type}`}
              title="Unpin"
              onClick={() => onUnpin(entry)}
            >
              <Icon name="close" />
            </button>
          </li>
        );
      })}
    </ul>
  );
}
