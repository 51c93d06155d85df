import { useMemo } from 'react';
import type { Entry } from '../conversation/entry';
import type { Filter } from '../conversation/log-filter';
import { saveLog } from '../presentation/export-log';
import './log-toolbar.css';

type LogToolbarProps = {
  readonly entries: readonly Entry[];
  /** The entries that match the filter. */
  readonly shown: readonly Entry[];
  readonly filter: Filter;
  readonly onFilter: (filter: Filter) => void;
  readonly onClear: () => void;
};

const directions = [
  ['sent', 'Sent'],
  ['received', 'Received'],
  ['note', 'Socket'],
] as const;

/** Filters, exports and clears the log. */
export function LogToolbar({ entries, shown, filter, onFilter, onClear }: LogToolbarProps) {
  const types = useMemo(() => [...new Set(entries.map(({ type }) => type))].sort(), [entries]);
  return (
    <div className="log-tools">
      <input
        type="search"
        className="select log-search"
        aria-label="Filter by text"
        placeholder="Filter"
        value={filter.text}
        onChange={({ target }) => onFilter({ ...filter, text: target.value })}
      />
      <select
        className="select"
        aria-label="Filter by type"
        value={filter.type}
        onChange={({ target }) => onFilter({ ...filter, type: target.value })}
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
      <button
        type="button"
        className="button button-quiet"
        onClick={() => saveLog(shown)}
        disabled={shown.length === 0}
        title="As JSON lines"
      >
        Export
      </button>
      <button type="button" className="button button-quiet" onClick={onClear} disabled={entries.length === 0}>
        Clear
      </button>
    </div>
  );
}
