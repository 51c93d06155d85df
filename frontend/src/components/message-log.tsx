import { useId, useMemo, useRef, useState } from 'react';
import type { Log } from '../conversation/log';
import { type Filter, LogFilter } from '../conversation/log-filter';
import { useStore } from '../hooks/use-store';
import { Announcer } from './announcer';
import { Icon } from './icon';
import { LogList } from './log-list';
import { LogToolbar } from './log-toolbar';
import { MessageDetail } from './message-detail';
import './message-log.css';

const everything: Filter = { text: '', type: '' };

/** Shows the log, oldest entry first, and the selected message in full. */
export function MessageLog({ log }: { log: Log }) {
  const heading = useId();
  const snapshot = useStore(log);
  const [filter, setFilter] = useState(everything);
  const [selected, setSelected] = useState<number>();
  const wanted = useMemo(() => new LogFilter(filter), [filter]);
  const shown = useMemo(() => wanted.apply(snapshot), [wanted, snapshot]);
  const { entries, dropped } = snapshot;
  const box = useRef<HTMLDivElement>(null);
  const chosen = selected === undefined ? undefined : shown.find(({ id }) => id === selected);
  const close = () => {
    setSelected(undefined);
    box.current?.focus();
  };

  return (
    <section className="panel messages">
      <div className="panel-head">
        <h2 id={heading}>Messages</h2>
        <span className="count">{countOf(shown.length, entries.length, dropped)}</span>
        <LogToolbar entries={entries} shown={shown} filter={filter} onFilter={setFilter} onClear={log.clear} />
      </div>
      {/* Screen readers do not announce each line: rows change with scrolling, and there may be too many per second. */}
      <div className="log" role="log" aria-live="off" aria-labelledby={heading}>
        {shown.length > 0 ? (
          <LogList
            key={`${filter.type} ${filter.text}`}
            entries={shown}
            box={box}
            selected={selected}
            onSelect={setSelected}
          />
        ) : (
          <Empty filtered={entries.length > 0} onReset={() => setFilter(everything)} />
        )}
      </div>
      {chosen && <MessageDetail key={chosen.id} entry={chosen} onClose={close} />}
      <Announcer entries={entries} />
    </section>
  );
}

function Empty({ filtered, onReset }: { filtered: boolean; onReset: () => void }) {
  return (
    <div className="empty">
      <Icon name="logo" />
      {filtered ? (
        <>
          <p>No message matches the filter.</p>
          <button type="button" className="button" onClick={onReset}>
            Show everything
          </button>
        </>
      ) : (
        <p>No messages yet. Connect, then send a message below or push one from your backend.</p>
      )}
    </div>
  );
}

function countOf(shown: number, all: number, dropped: number): string {
  const number = (value: number) => value.toLocaleString('en');
  const part = shown === all ? number(all) : `${number(shown)} of ${number(all)}`;
  return dropped > 0 ? `${part}, ${number(dropped)} older dropped` : part;
}
