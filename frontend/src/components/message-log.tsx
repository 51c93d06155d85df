import { useId, useLayoutEffect, useRef } from 'react';
import type { Entry } from '../conversation/conversation';
import { Icon } from './icon';
import { MessageRow } from './message-row';

type MessageLogProps = {
  readonly entries: readonly Entry[];
  /** How many older entries are gone. */
  readonly dropped: number;
  readonly onClear: () => void;
};

/** Within this many pixels of its end the log counts as being at the end. */
const slack = 24;

/** What was said, oldest first. It follows the newest line unless the reader scrolled up. */
export function MessageLog({ entries, dropped, onClear }: MessageLogProps) {
  const heading = useId();
  const box = useRef<HTMLDivElement>(null);
  const atEnd = useRef(true);

  const onScroll = () => {
    const element = box.current;
    if (element) {
      atEnd.current = element.scrollHeight - element.scrollTop - element.clientHeight <= slack;
    }
  };

  // biome-ignore lint/correctness/useExhaustiveDependencies: it follows the entries, whose height it does not compute from them
  useLayoutEffect(() => {
    if (box.current && atEnd.current) {
      box.current.scrollTop = box.current.scrollHeight;
    }
  }, [entries]);

  return (
    <section className="panel messages">
      <div className="panel-head">
        <h2 id={heading}>Messages</h2>
        <button type="button" className="button button-quiet" onClick={onClear} disabled={entries.length === 0}>
          Clear
        </button>
      </div>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard */}
      <div className="log" role="log" aria-labelledby={heading} tabIndex={0} ref={box} onScroll={onScroll}>
        {entries.length === 0 && (
          <div className="empty">
            <Icon name="door" />
            <p>Nothing yet. Connect, then send a message below or push one from your backend.</p>
          </div>
        )}
        {dropped > 0 && <p className="dropped">{dropped} older lines were dropped.</p>}
        <ol>
          {entries.map((entry) => (
            <MessageRow key={entry.id} entry={entry} />
          ))}
        </ol>
      </div>
    </section>
  );
}
