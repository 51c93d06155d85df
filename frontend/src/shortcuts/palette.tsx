import { type KeyboardEvent, useId, useState } from 'react';
import { Modal } from '../components/modal';
import { matching, type PageCommand, pageCommands } from './page-commands';
import './palette.css';

/** Finds a command of the page by its name and runs it. */
export function Palette({ onClose }: { onClose: () => void }) {
  const [commands] = useState(pageCommands);
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const list = useId();
  const found = matching(commands, text);
  const index = Math.min(at, found.length - 1);

  const run = (command: PageCommand | undefined) => {
    if (command) {
      onClose();
      setTimeout(command.run); // after the dialog has returned the focus
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const to = target(event.key, index, found.length);
    if (event.key === 'Enter') {
      event.preventDefault();
      run(found[index]);
    } else if (to !== undefined) {
      event.preventDefault();
      setAt(to);
    }
  };

  return (
    <Modal title="Commands" className="palette" onClose={onClose}>
      <input
        className="select"
        role="combobox"
        aria-label="Find a command"
        aria-expanded="true"
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={found[index] && `${list}${found[index].id}`}
        placeholder="Find a command"
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          setAt(0);
        }}
        onKeyDown={onKeyDown}
      />
      <div id={list} className="palette-list" role="listbox" aria-label="Commands found">
        {found.map((command, place) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the field has the focus and names its active option
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field handles the keys
          <div
            key={command.id}
            id={`${list}${command.id}`}
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
    </Modal>
  );
}

/** Returns the index to which a key moves the selection; undefined for other keys. */
function target(key: string, at: number, count: number): number | undefined {
  if (count === 0) {
    return undefined;
  }
  switch (key) {
    case 'ArrowDown':
      return (at + 1) % count;
    case 'ArrowUp':
      return (at - 1 + count) % count;
    case 'PageDown':
      return Math.min(at + 8, count - 1);
    case 'PageUp':
      return Math.max(at - 8, 0);
    default:
      return undefined;
  }
}
