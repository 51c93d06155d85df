import { useState } from 'react';
import { Modal } from '../components/modal';
import { keysOn, setKeysOn } from './setting';
import './keys-dialog.css';

type Key = { readonly keys: readonly string[]; readonly effect: string };

/** The keys of the page by part. "Mod" is Command on a Mac, else Ctrl. */
const parts: readonly { readonly name: string; readonly keys: readonly Key[] }[] = [
  {
    name: 'Page',
    keys: [
      { keys: ['Mod K'], effect: 'Find and run a command' },
      { keys: ['?'], effect: 'Show the keys' },
      { keys: ['Tab', 'Shift Tab'], effect: 'Next or previous control' },
      { keys: ['←', '→', 'Home', 'End'], effect: 'Select a tab, in the list of tabs' },
      { keys: ['Escape'], effect: 'Close the dialog' },
    ],
  },
  {
    name: 'Message',
    keys: [
      { keys: ['Mod Enter'], effect: 'Send the message' },
      { keys: ['Alt ↑', 'Alt ↓'], effect: 'Recall a message that was sent before' },
    ],
  },
  {
    name: 'Log',
    keys: [
      { keys: ['↑', '↓', 'Page Up', 'Page Down'], effect: 'Select a message' },
      { keys: ['Home', 'End'], effect: 'Select the first or the last message' },
      { keys: ['Escape'], effect: 'Close the message' },
    ],
  },
];

type KeysDialogProps = {
  readonly onClose: () => void;
  /** Shows the commands instead. */
  readonly onCommands: () => void;
};

/** Shows the keys of the page. */
export function KeysDialog({ onClose, onCommands }: KeysDialogProps) {
  const [on, setOn] = useState(keysOn);
  const mod = /Mac|iPhone|iPad/.test(navigator.userAgent) ? '⌘' : 'Ctrl';
  return (
    <Modal title="Keys" className="keys" onClose={onClose}>
      {parts.map(({ name, keys }) => (
        <section key={name}>
          <h3>{name}</h3>
          <dl>
            {keys.map(({ keys: some, effect }) => (
              <div key={effect}>
                <dt>
                  {some.map((one) => (
                    <kbd key={one}>{one.replace('Mod', mod).replaceAll(' ', ' + ').replace('Page + ', 'Page ')}</kbd>
                  ))}
                </dt>
                <dd>{effect}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
      <div className="dialog-foot">
        <label>
          <input
            type="checkbox"
            checked={on}
            onChange={({ target }) => {
              setOn(target.checked);
              setKeysOn(target.checked);
            }}
          />{' '}
          The key ? opens this list
        </label>
        <div className="buttons">
          <button type="button" className="button" onClick={onCommands}>
            Find a command
          </button>
          <button type="button" className="button" onClick={onClose}>
            Close
          </button>
        </div>
      </div>
    </Modal>
  );
}
