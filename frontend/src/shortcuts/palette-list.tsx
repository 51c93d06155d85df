import { useEffect, useRef, useState } from 'react';
import { matching, type PageCommand, pageCommands } from './page-commands';

type PaletteListProps = {
  /** The id of the list. The ids of its options begin with it. */
  readonly id: string;
  /** The words of the wanted command. */
  readonly text: string;
  /** The keys that were pressed since the text changed. */
  readonly keys: readonly string[];
  /** Is called with the id of the selected option, "" if there is none. */
  readonly onActive: (id: string) => void;
  readonly onClose: () => void;
};

/** Lists the commands of the page that match the text. The keys select one of them, and Enter runs it. */
export function PaletteList({ id, text, keys, onActive, onClose }: PaletteListProps) {
  const [commands] = useState(pageCommands);
  const entered = useRef(false);
  const found = matching(commands, text);
  const index = keys.reduce((at, key) => target(key, at, found.length), 0);
  const selected = found[index];
  const active = selected ? `${id}${selected.id}` : '';

  const run = (command: PageCommand) => {
    onClose();
    setTimeout(command.run); // after the dialog has returned the focus
  };
  useEffect(() => onActive(active), [active, onActive]);
  useEffect(() => {
    if (selected && keys.includes('Enter') && !entered.current) {
      entered.current = true;
      run(selected);
    }
  });

  return (
    <>
      <div id={id} className="palette-list" role="listbox" aria-label="Commands found">
        {found.map((command, place) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the field has the focus and names its active option
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field handles the keys
          <div
            key={command.id}
            id={`${id}${command.id}`}
            ref={place === index ? (option) => option?.scrollIntoView({ block: 'nearest' }) : undefined}
            role="option"
            aria-selected={place === index}
            onClick={() => run(command)}
          >
            <span>{command.name}</span>
            <span className="palette-group">{command.group}</span>
          </div>
        ))}
      </div>
      <p className="dialog-note" role="status">
        {found.length === 0
          ? 'No control on the page has this name. Open a closed part, such as Details or View, to find more.'
          : `${found.length} of ${commands.length}. ↑ ↓ select, Enter runs.`}
      </p>
    </>
  );
}

/** Returns the index to which a key moves the selection. */
function target(key: string, at: number, count: number): number {
  switch (key) {
    case 'ArrowDown':
      return (at + 1) % count || 0;
    case 'ArrowUp':
      return (at - 1 + count) % count || 0;
    case 'PageDown':
      return Math.min(at + 8, count - 1);
    case 'PageUp':
      return Math.max(at - 8, 0);
    default:
      return at;
  }
}
