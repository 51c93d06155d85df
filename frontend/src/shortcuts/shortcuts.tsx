import { useCallback, useEffect, useState } from 'react';
import { lazyDialog } from '../components/lazy-part';
import { Palette } from './palette';
import { keysOn } from './setting';
import './shortcuts.css';

const KeysDialog = lazyDialog('Keys', async () => (await import('./keys-dialog')).KeysDialog);

type Opened = 'palette' | 'keys' | undefined;

/** A button and the keys that open the keys of the page ("?") and its commands (Ctrl or Command + K). */
export function Shortcuts() {
  const [opened, open] = useState<Opened>();
  const close = useCallback(() => open(undefined), []);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const wanted = openedBy(event);
      // Another dialog keeps the keys.
      if (wanted && document.querySelector('dialog:modal') === null) {
        event.preventDefault();
        open(wanted);
      }
    };
    document.addEventListener('keydown', onKeyDown);
    return () => document.removeEventListener('keydown', onKeyDown);
  }, []);
  return (
    <>
      <button
        type="button"
        className="button button-icon shortcuts"
        aria-label="Keys and commands"
        aria-haspopup="dialog"
        title="Keys (?) and commands (Ctrl + K)"
        onClick={() => open('keys')}
      >
        ?
      </button>
      {opened === 'palette' && <Palette onClose={close} />}
      {opened === 'keys' && <KeysDialog onClose={close} onCommands={() => open('palette')} />}
    </>
  );
}

function openedBy(event: KeyboardEvent): Opened {
  if ((event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === 'k') {
    return 'palette';
  }
  const typed = event.target instanceof Element && event.target.closest('input, textarea, select, [contenteditable]');
  return event.key === '?' && !event.ctrlKey && !event.metaKey && !typed && keysOn() ? 'keys' : undefined;
}
