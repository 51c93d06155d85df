import { useEffect, useMemo, useRef, useState } from 'react';
import type { Entry } from '../conversation/entry';
import type { Log, LogSnapshot } from '../conversation/log';
import { useFiltered } from '../hooks/use-filtered';
import { useMatcher } from '../hooks/use-matcher';
import { useStore } from '../hooks/use-store';
import { formatCount } from '../presentation/format';
import { type LogView, storedView, storeView } from '../presentation/log-view';
import { partnerOf } from '../presentation/partner';
import { Announcer } from './announcer';
import { EmptyLog } from './empty-log';
import { lazyPart } from './lazy-part';
import { LogList } from './log-list';
import { type LogQuery, LogToolbar } from './log-toolbar';
import type { MessageDetailProps } from './message-detail';
import type { MessageLogProps, SessionFileInput } from './message-log';
import { PinnedList } from './pinned-list';
import './message-log.css';

const loadDetail = () => import('./message-detail');
const MessageDetail = lazyPart(
  async () => (await loadDetail()).MessageDetail,
  () => <div className="detail" />,
);

const everything: LogQuery = { text: '', type: '' };

/** The largest number of pinned entries. */
const maxPins = 20;

export type LogBodyProps = MessageLogProps & {
  /** The id of the heading. */
  readonly heading: string;
  readonly file: SessionFileInput;
};

/** The content of the log: its tools, its entries, oldest first, and the selected message in full. */
export function LogBody({ heading, file, log, state, target, onEdit }: LogBodyProps) {
  const { live, snapshot, waiting, pause, clear } = usePausable(log);
  const [query, setQuery] = useState(everything);
  const [view, setView] = useView();
  const [selected, setSelected] = useState<number>();
  const [pins, togglePin] = usePins();
  const { matcher, problem } = useMatcher(query.text);
  const shown = useFiltered(snapshot, matcher, query.type);
  const { entries, dropped } = snapshot;
  const box = useRef<HTMLDivElement>(null);
  const chosen = selected === undefined ? undefined : entryOf(selected, shown, pins);
  useEffect(() => void loadDetail().catch(() => {}), []);

  return (
    <>
      <div className="panel-head">
        <h2 id={heading}>Messages</h2>
        <span className="count">{countOf(shown.length, entries.length, dropped)}</span>
        <LogToolbar
          entries={entries}
          dropped={dropped}
          file={file}
          shown={shown}
          query={query}
          problem={problem}
          onQuery={setQuery}
          view={view}
          onView={setView}
          waiting={waiting}
          onPause={pause}
          cleared={live.cleared}
          onClear={clear}
          onUndo={log.undoClear}
          onForget={log.forgetCleared}
        />
      </div>
      {pins.length > 0 && <PinnedList entries={pins} selected={selected} onSelect={setSelected} onUnpin={togglePin} />}
      <div className="log-split">
        {/* Screen readers do not announce each line: rows change with scrolling, and there may be too many per second. */}
        <div className="log" role="log" aria-live="off" aria-labelledby={heading}>
          {shown.length > 0 ? (
            <LogList
              key={`${query.type} ${query.text}`}
              entries={shown}
              box={box}
              view={view}
              selected={selected}
              onSelect={setSelected}
              onPin={() => togglePin(chosen)}
            />
          ) : (
            <EmptyLog
              filtered={entries.length > 0}
              state={state}
              cleared={live.cleared}
              onReset={() => setQuery(everything)}
            />
          )}
        </div>
        {chosen && (
          <ChosenMessage
            key={chosen.id}
            entry={chosen}
            shown={shown}
            matcher={matcher}
            pinned={pins.some(({ id }) => id === chosen.id)}
            target={target}
            onEdit={onEdit}
            onPin={() => togglePin(chosen)}
            onSelect={setSelected}
            onClose={() => close(setSelected, box.current)}
          />
        )}
      </div>
      <Announcer entries={live.entries} />
    </>
  );
}

/** Closes the selected message. The list gets the focus. */
function close(onSelect: (id: undefined) => void, list: HTMLElement | null): void {
  onSelect(undefined);
  list?.focus();
}

type ChosenMessageProps = Omit<MessageDetailProps, 'partner'> & { readonly shown: readonly Entry[] };

/** The selected message, once its part of the program is loaded. */
function ChosenMessage({ shown, ...props }: ChosenMessageProps) {
  const { id } = props.entry;
  const partner = useMemo(() => partnerOf(shown, id), [shown, id]);
  return <MessageDetail {...props} partner={partner} />;
}

function entryOf(id: number, ...lists: readonly (readonly Entry[])[]): Entry | undefined {
  return lists.flatMap((list) => list.find((entry) => entry.id === id) ?? [])[0];
}

/** Returns the log, which does not change between two calls of `pause`. `waiting`: the number of entries added since. */
function usePausable(log: Log) {
  const live = useStore(log);
  const [held, setHeld] = useState<LogSnapshot>();
  const clear = () => {
    setHeld(undefined);
    log.clear();
  };
  const pause = () => setHeld(held ? undefined : live);
  return { live, snapshot: held ?? live, waiting: held && newerThan(live.entries, held.entries), pause, clear };
}

function useView(): readonly [LogView, (view: LogView) => void] {
  const [view, setView] = useState(storedView);
  const change = (next: LogView) => {
    storeView(next);
    setView(next);
  };
  return [view, change];
}

/** Returns the pinned entries, and the function that pins or unpins one. */
function usePins(): readonly [readonly Entry[], (entry: Entry | undefined) => void] {
  const [pins, setPins] = useState<readonly Entry[]>([]);
  const toggle = (entry: Entry | undefined) => {
    if (entry) {
      const others = pins.filter(({ id }) => id !== entry.id);
      setPins(others.length < pins.length ? others : [...pins, entry].slice(-maxPins));
    }
  };
  return [pins, toggle];
}

/** Returns the number of entries that are newer than all of the others. */
function newerThan(entries: readonly Entry[], others: readonly Entry[]): number {
  const last = others.at(-1)?.id ?? 0;
  return entries.length - 1 - entries.findLastIndex(({ id }) => id <= last);
}

function countOf(shown: number, all: number, dropped: number): string {
  const part = shown === all ? formatCount(all) : `${formatCount(shown)} of ${formatCount(all)}`;
  return dropped > 0 ? `${part}, ${formatCount(dropped)} older dropped` : part;
}
