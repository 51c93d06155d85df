import { useId, useState } from 'react';
import { Loading, lazyPart } from '../components/lazy-part';
import { Modal } from '../components/modal';
import './palette.css';

const PaletteList = lazyPart(async () => (await import('./palette-list')).PaletteList, Loading);

/** The keys of the list, which the field receives. */
const listKeys = /^(Enter|Arrow(Up|Down)|Page(Up|Down))$/;

/**
 * Finds a command of the page by its name and runs it. The list of commands is loaded when it is shown. The field is there
 * at once, and keeps the text and the keys that are entered before.
 */
export function Palette({ onClose }: { onClose: () => void }) {
  const list = useId();
  const [text, setText] = useState('');
  /** The keys of the list since the text changed. */
  const [keys, setKeys] = useState<readonly string[]>([]);
  /** The id of the selected option, "" if there is none; undefined until the list is loaded. */
  const [active, setActive] = useState<string>();
  return (
    <Modal title="Commands" className="palette" onClose={onClose}>
      <input
        className="select"
        role="combobox"
        aria-label="Find a command"
        aria-expanded={active !== undefined}
        aria-controls={active === undefined ? undefined : list}
        aria-autocomplete="list"
        aria-activedescendant={active || undefined}
        placeholder="Find a command"
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={({ target }) => {
          setText(target.value);
          setKeys([]);
        }}
        onKeyDown={(event) => {
          // An input method uses the same keys. Safari reports its last one with the key code 229.
          if (event.nativeEvent.isComposing || event.keyCode === 229 || !listKeys.test(event.key)) {
            return;
          }
          event.preventDefault();
          // After Enter, nothing moves. A key that opened the list and is still held runs nothing.
          if (!keys.includes('Enter') && !(event.key === 'Enter' && event.repeat)) {
            setKeys([...keys, event.key]);
          }
        }}
      />
      <PaletteList id={list} text={text} keys={keys} onActive={setActive} onClose={onClose} />
    </Modal>
  );
}
