import { memo } from 'react';
import type { Entry } from '../conversation/entry';
import { useErrorCode } from '../errcode/use-error-code';
import { errorCodeOf, viewOf } from '../presentation/entry-view';
import { formatMilliseconds, formatSize, formatTime } from '../presentation/format';
import { Icon } from './icon';
import './message-row.css';

type MessageRowProps = {
  readonly entry: Entry;
  readonly id: string;
  readonly selected: boolean;
  /** Its position in the list, from 1, and the length of the list, of which only a part is on the page. */
  readonly place: number;
  readonly count: number;
  readonly onSelect: (id: number) => void;
};

/** One line of the log. */
export const MessageRow = memo(function MessageRow({ entry, id, selected, place, count, onSelect }: MessageRowProps) {
  const { icon, tone, word, line, mark } = viewOf(entry);
  const remedy = useErrorCode(errorCodeOf(entry))?.remedy;
  const trip = entry.direction === 'received' ? entry.trip : undefined;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list handles the keys
    // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus and names its active option
    <div
      id={id}
      className={`row row-${tone}`}
      role="option"
      aria-selected={selected}
      aria-posinset={place}
      aria-setsize={count}
      onClick={() => onSelect(entry.id)}
    >
      <time className="row-time" dateTime={new Date(entry.at).toISOString()}>
        {formatTime(entry.at).slice(0, 8)}
        <span className="row-fraction">{formatTime(entry.at).slice(8)}</span>
      </time>
      <span className="row-direction" title={word}>
        <Icon name={icon} />
        <span className="visually-hidden">{word} </span>
      </span>
      <span className="row-type">{mark ?? entry.type}</span>
      <span className="row-line">
        {line}
        {remedy && ` ${remedy}`}
      </span>
      <span className="row-trip">{trip === undefined ? '' : formatMilliseconds(trip)}</span>
      <span className="row-size">{entry.direction === 'note' ? '' : formatSize(entry.size)}</span>
    </div>
  );
});
