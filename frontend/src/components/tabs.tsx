import { Activity, type KeyboardEvent, type ReactNode, useRef } from 'react';
import './tabs.css';

type TabListProps<Name extends string> = {
  /** The name of the list for screen readers. */
  readonly label: string;
  readonly names: readonly Name[];
  readonly selected: Name;
  readonly onSelect: (name: Name) => void;
};

/** Selects one of several panels. The arrow keys, Home and End move between the tabs. */
export function TabList<Name extends string>({ label, names, selected, onSelect }: TabListProps<Name>) {
  const list = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const to = target(event.key, names.indexOf(selected), names.length);
    const name = to === undefined ? undefined : names.at(to);
    if (to !== undefined && name !== undefined) {
      event.preventDefault();
      onSelect(name);
      list.current?.querySelectorAll('button').item(to).focus();
    }
  };
  return (
    <div className="tabs" role="tablist" aria-label={label} ref={list} onKeyDown={onKeyDown}>
      {names.map((name) => (
        <button
          key={name}
          type="button"
          role="tab"
          id={`tab-${name}`}
          aria-selected={name === selected}
          aria-controls={name === selected ? `panel-${name}` : undefined}
          tabIndex={name === selected ? 0 : -1}
          onClick={() => onSelect(name)}
        >
          {name}
        </button>
      ))}
    </div>
  );
}

/** Returns the index of the tab to which a key moves, or undefined for other keys. */
function target(key: string, at: number, count: number): number | undefined {
  switch (key) {
    case 'ArrowRight':
      return (at + 1) % count;
    case 'ArrowLeft':
      return (at - 1 + count) % count;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return undefined;
  }
}

type TabPanelProps = {
  /** The name of its tab. */
  readonly name: string;
  readonly shown: boolean;
  readonly className: string;
  readonly children: ReactNode;
};

/** The content of a tab. While it is not shown, it keeps its state, and its effects are stopped. */
export function TabPanel({ name, shown, className, children }: TabPanelProps) {
  return (
    <Activity mode={shown ? 'visible' : 'hidden'}>
      <div className={className} role="tabpanel" id={`panel-${name}`} aria-labelledby={`tab-${name}`}>
        {children}
      </div>
    </Activity>
  );
}
