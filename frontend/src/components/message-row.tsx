import { memo } from 'react';
import type { Entry } from '../conversation/entry';
import { useErrorCode } from '../errcode/use-error-code';
import { errorCodeOf, viewOf } from '../presentation/entry-view';
import { formatMilliseconds, formatSize } from '../presentation/format';
import { Icon } from './icon';
import './message-row.css';

type MessageRowProps = {
  readonly entry: Entry;
  readonly id: string;
  /** The text of the time. A fraction of a second after a dot may be hidden. */
  readonly time: string;
  /** In pixels; undefined for the height of a row. */
  readonly height: number | undefined;
  readonly selected: boolean;
  /** Whether it is the request or the reply of the row under the pointer, or of the selected row. */
  readonly paired: boolean;
  /** Its position in the list, from 1, and the length of the list, of which only a part is on the page. */
  readonly place: number;
  readonly count: number;
  readonly onSelect: (id: number) => void;
  readonly onHover: (id: number) => void;
};

/** One line of the log. */
export const MessageRow = memo(function MessageRow(props: MessageRowProps) {
  const { entry, id, time, height, selected, paired, place, count, onSelect, onHover } = props;
  const { icon, tone, word, line, mark } = viewOf(entry);
  const remedy = useErrorCode(errorCodeOf(entry))?.remedy;
  const trip = entry.direction === 'received' ? entry.request?.trip : undefined;
  const [clock, fraction] = /^(\d\d:\d\d:\d\d)(\.\d+)$/.exec(time)?.slice(1) ?? [time];
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list handles the keys
    // biome-ignore lint/a11y/useFocusableInteractive: the list has the focus and names its active option
    <div
      id={id}
      className={`row row-${tone}${paired ? ' row-paired' : ''}`}
      role="option"
      aria-selected={selected}
      aria-posinset={place}
      aria-setsize={count}
      style={{ height }}
      onClick={() => onSelect(entry.id)}
      onMouseEnter={() => onHover(entry.id)}
    >
      <time className="row-time" dateTime={new Date(entry.at).toISOString()}>
        {clock}
        {fraction && <span className="row-fraction">{fraction}</span>}
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
