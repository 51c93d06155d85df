import { memo, type RefObject, useLayoutEffect, useMemo, useRef } from 'react';
import { Announcer } from '../components/announcer';
import type { Entry } from '../conversation/entry';
import { formatMoment, formatTime } from '../presentation/format';
import type { ChannelState } from './channel';
import type { Line, Publication } from './line';
import '../components/message-row.css';

type LineListProps = {
  readonly snapshot: ChannelState;
  readonly connected: boolean;
  readonly onOlder: () => void;
};

/** Shows the messages of a channel, oldest first. It stays at the newest one unless the reader scrolled up. */
export function LineList({ snapshot: { lines, history, historyProblem, state }, connected, onOlder }: LineListProps) {
  const box = useRef<HTMLDivElement>(null);
  const onScroll = useFollowing(box, lines);
  const said = useMemo(() => lines.map(announcement), [lines]);
  return (
    <div className="channel-lines">
      <div
        className="lines"
        role="log"
        aria-live="off"
        aria-label="Messages"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
        tabIndex={0}
        ref={box}
        onScroll={onScroll}
      >
        <div className="lines-older">
          {history === 'none' && state === 'subscribed' && <p>The channel keeps no history.</p>}
          {history === 'complete' && <p>The history starts here.</p>}
          {(history === 'more' || history === 'loading') && (
            <button type="button" className="button" disabled={!connected || history === 'loading'} onClick={onOlder}>
              {history === 'loading' ? 'Loading…' : 'Load older'}
            </button>
          )}
          {historyProblem && <p role="alert">{historyProblem}</p>}
        </div>
        <ol>
          {lines.map((line) => (
            <Row key={line.id} line={line} />
          ))}
        </ol>
      </div>
      <Announcer entries={said} />
    </div>
  );
}

const Row = memo(function Row({ line }: { line: Line }) {
  if (line.kind === 'note') {
    return (
      <li className={`line line-note line-${line.tone}`}>
        <time className="row-time" dateTime={new Date(line.at).toISOString()}>
          {formatTime(line.at).slice(0, 8)}
        </time>
        <span className="line-text">{line.text}</span>
      </li>
    );
  }
  return (
    <li className={line.mine ? 'line line-mine' : 'line'}>
      {line.at === undefined ? (
        <span className="row-time">history</span>
      ) : (
        <time className="row-time" dateTime={new Date(line.at).toISOString()} title={formatMoment(line.at)}>
          {formatTime(line.at).slice(0, 8)}
        </time>
      )}
      <span className="line-offset" title="Position in the history">
        {line.offset !== undefined && (
          <>
            <span className="visually-hidden">offset </span>
            {line.offset}
          </>
        )}
      </span>
      <strong className="line-publisher">{publisherOf(line)}</strong>
      <span className="line-text">{line.text}</span>
    </li>
  );
});

function publisherOf({ publisher, mine }: Publication): string {
  return `${publisher ?? 'backend'}${mine ? ' (you)' : ''}`;
}

function announcement(line: Line): Pick<Entry, 'id' | 'direction' | 'type'> {
  return line.kind === 'note'
    ? { id: line.id, direction: line.tone === 'calm' ? 'note' : 'received', type: line.text }
    : {
        id: line.id,
        direction: line.mine ? 'sent' : 'received',
        type: `${publisherOf(line)}: ${line.text.slice(0, 200)}`,
      };
}

/** The largest distance from the end, in pixels, at which a box counts as scrolled to its end. */
const slack = 8;

/** Keeps a box at its end until the reader scrolls up. Older lines that are added above do not move the visible ones. */
function useFollowing(box: RefObject<HTMLElement | null>, lines: readonly Line[]): () => void {
  const following = useRef(true);
  const before = useRef({ first: lines[0]?.id, height: 0 });
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) {
      return;
    }
    const { first, height } = before.current;
    if (first !== undefined && lines[0] && lines[0].id < first) {
      element.scrollTop += element.scrollHeight - height;
    } else if (following.current) {
      element.scrollTop = element.scrollHeight;
    }
    before.current = { first: lines[0]?.id, height: element.scrollHeight };
  }, [box, lines]);
  return () => {
    const element = box.current;
    if (element) {
      following.current = element.scrollHeight - element.scrollTop - element.clientHeight <= slack;
    }
  };
}
