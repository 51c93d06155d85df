import { useEffect, useRef } from 'react';
import { Announcer } from '../components/announcer';
import { Icon } from '../components/icon';
import type { Entry } from '../conversation/entry';
import type { Log } from '../conversation/log';
import { useStore } from '../hooks/use-store';
import { viewOf } from '../presentation/entry-view';
import { formatClock } from '../presentation/format';

const label = 'Messages of the second connection';

/** The number of messages that are shown. */
const shownAtOnce = 200;

/** Shows the newest messages of a log, without the tools of the first one. */
export function SecondLog({ log }: { log: Log }) {
  const { entries } = useStore(log);
  const box = useRef<HTMLDivElement>(null);
  const newest = entries.at(-1)?.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new message scrolls
  useEffect(() => {
    box.current?.scrollTo({ top: box.current.scrollHeight });
  }, [newest]);
  return (
    <>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard */}
      <div ref={box} className="second-log" role="log" aria-live="off" aria-label={label} tabIndex={0}>
        <ol>
          {entries.slice(-shownAtOnce).map((entry) => (
            <Row key={entry.id} entry={entry} />
          ))}
        </ol>
      </div>
      <Announcer entries={entries} />
    </>
  );
}

function Row({ entry }: { entry: Entry }) {
  const { icon, tone, word, line, mark } = viewOf(entry);
  return (
    <li className={`second-row second-${tone}`}>
      <time dateTime={new Date(entry.at).toISOString()}>{formatClock(entry.at)}</time>
      <Icon name={icon} />
      <span className="visually-hidden">{word} </span>
      <strong>{mark ?? entry.type}</strong>
      <span className="second-line">{line}</span>
    </li>
  );
}
