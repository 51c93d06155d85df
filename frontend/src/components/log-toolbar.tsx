import { type ReactNode, useEffect, useId, useMemo, useRef, useState } from 'react';
import type { Entry } from '../conversation/entry';
import { saveLog } from '../presentation/export-log';
import { formatCount } from '../presentation/format';
import { type LogView, times } from '../presentation/log-view';
import { lazyPart } from './lazy-part';
import type { SessionFileInput } from './message-log';
import './log-toolbar.css';

const SessionTools = lazyPart(async () => (await import('../session-file/session-tools')).SessionTools);

/** The time for which a cleared log can be restored, in milliseconds. */
const undoTime = 60_000;

/** A query for the text, and a direction or a type of message. "" accepts everything. */
export type LogQuery = { readonly text: string; readonly type: string };

type LogToolbarProps = {
  readonly entries: readonly Entry[];
  /** The number of older entries that the log has dropped. */
  readonly dropped: number;
  readonly file: SessionFileInput;
  /** The entries that match the filter. */
  readonly shown: readonly Entry[];
  readonly query: LogQuery;
  /** The reason why the query is malformed. */
  readonly problem: string | undefined;
  readonly onQuery: (query: LogQuery) => void;
  readonly view: LogView;
  readonly onView: (view: LogView) => void;
  /** The number of entries that came since the pause; undefined without a pause. */
  readonly waiting: number | undefined;
  readonly onPause: () => void;
  /** The number of entries that the last Clear removed. */
  readonly cleared: number;
  readonly onClear: () => void;
  readonly onUndo: () => void;
  readonly onForget: () => void;
};

const directions = [
  ['sent', 'Sent'],
  ['received', 'Received'],
  ['note', 'Socket'],
] as const;

/** Filters, pauses, clears and exports the log, and changes its view. */
export function LogToolbar(props: LogToolbarProps) {
  const { shown, query, problem, onQuery, view, onView, waiting, onPause } = props;
  const id = useId();
  const [more, setMore] = useState(false);
  return (
    <div className="log-tools">
      <input
        type="search"
        className="select log-search"
        aria-label="Filter by text"
        aria-invalid={problem !== undefined}
        aria-describedby={problem === undefined ? undefined : `${id}problem`}
        placeholder="Text, $.json.path or /regex/"
        title={'Part of the text, a JSON path such as $.data.count > 3, or a regular expression such as /order-\\d+/i'}
        spellCheck={false}
        value={query.text}
        onChange={({ target }) => onQuery({ ...query, text: target.value })}
      />
      <TypeSelect {...props} />
      <button type="button" className="button button-quiet" aria-pressed={waiting !== undefined} onClick={onPause}>
        {waiting === undefined ? 'Pause' : waiting === 0 ? 'Resume' : `Resume, ${formatCount(waiting)} new`}
      </button>
      <ClearButtons {...props} />
      <button
        type="button"
        className="button button-quiet"
        aria-expanded={more}
        aria-controls={`${id}more`}
        onClick={() => setMore(!more)}
      >
        View
      </button>
      {problem !== undefined && (
        <p id={`${id}problem`} className="log-problem" aria-live="polite">
          {problem}
        </p>
      )}
      <div id={`${id}more`} className="log-more" hidden={!more}>
        <ViewChoices view={view} onView={onView}>
          <button
            type="button"
            className="button button-quiet"
            onClick={() => saveLog(shown)}
            disabled={shown.length === 0}
            title="As JSON lines"
          >
            Export
          </button>
          <SessionTools entries={props.entries} dropped={props.dropped} file={props.file} />
        </ViewChoices>
      </div>
    </div>
  );
}

function TypeSelect({ entries, query, onQuery }: LogToolbarProps) {
  const types = useMemo(() => [...new Set(entries.map(({ type }) => type))].sort(), [entries]);
  return (
    <select
      className="select"
      aria-label="Filter by type"
      value={query.type}
      onChange={({ target }) => onQuery({ ...query, type: target.value })}
    >
      <option value="">All</option>
      <optgroup label="Direction">
        {directions.map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </optgroup>
      <optgroup label="Type">
        {types.map((type) => (
          <option key={type}>{type}</option>
        ))}
      </optgroup>
    </select>
  );
}

/** Clear keeps the focus when the log is empty. Undo is offered for a minute. */
function ClearButtons({ entries, cleared, onClear, onUndo, onForget }: LogToolbarProps) {
  const clear = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (cleared > 0) {
      const timer = setTimeout(onForget, undoTime);
      return () => clearTimeout(timer);
    }
    return undefined;
  }, [cleared, onForget]);
  const undo = () => {
    onUndo();
    clear.current?.focus(); // the Undo button disappears
  };
  return (
    <>
      <button
        type="button"
        className="button button-quiet"
        ref={clear}
        aria-disabled={entries.length === 0}
        onClick={() => entries.length > 0 && onClear()}
      >
        Clear
      </button>
      {cleared > 0 && (
        <button type="button" className="button button-quiet" onClick={undo}>
          Undo clear
        </button>
      )}
    </>
  );
}

type ViewChoicesProps = {
  readonly view: LogView;
  readonly onView: (view: LogView) => void;
  readonly children: ReactNode;
};

function ViewChoices({ view, onView, children }: ViewChoicesProps) {
  return (
    <>
      <label className="log-choice">
        <input
          type="checkbox"
          checked={view.wrapped}
          onChange={({ target }) => onView({ ...view, wrapped: target.checked })}
        />
        Wrap lines
      </label>
      <select
        className="select"
        aria-label="Time"
        value={view.time}
        onChange={({ target }) => onView({ ...view, time: target.value as LogView['time'] })}
      >
        {Object.entries(times).map(([value, name]) => (
          <option key={value} value={value}>
            {name}
          </option>
        ))}
      </select>
      {children}
    </>
  );
}
