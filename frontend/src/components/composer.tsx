import { type KeyboardEvent, type SubmitEvent, useId, useRef, useState } from 'react';
import { formatSize } from './format';

type ComposerProps = {
  readonly open: boolean;
  /** Sends a text; false if it could not be sent. */
  readonly onSend: (text: string) => boolean;
  readonly onRequest: (action: 'whoami' | 'ping') => void;
};

/** API Gateway's largest frame (specification 6). */
const frameLimit = 32 * 1024;

/** Writes and sends a message. The text stays, selected: to send again, or to write over. */
export function Composer({ open, onSend, onRequest }: ComposerProps) {
  const id = useId();
  const [text, setText] = useState('');
  const field = useRef<HTMLTextAreaElement>(null);
  const size = new TextEncoder().encode(text).length;

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (onSend(text)) {
      field.current?.select();
    }
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      event.currentTarget.form?.requestSubmit();
    }
  };

  return (
    <form className="panel composer" onSubmit={submit}>
      <label htmlFor={`${id}text`}>Message</label>
      <textarea
        id={`${id}text`}
        ref={field}
        aria-describedby={`${id}hint`}
        rows={3}
        spellCheck={false}
        placeholder={'Any text, or {"action": "…"} for a route'}
        value={text}
        onChange={(event) => setText(event.target.value)}
        onKeyDown={onKeyDown}
      />
      <p id={`${id}hint`} className="hint">
        {open ? 'Ctrl + Enter sends.' : 'Connect to send.'} {formatSize(size)}
        {size > frameLimit && <strong> is over 32 KB: API Gateway may close with 1009.</strong>}
      </p>
      <div className="composer-buttons">
        <button type="button" className="button" disabled={!open} onClick={() => onRequest('whoami')}>
          whoami
        </button>
        <button type="button" className="button" disabled={!open} onClick={() => onRequest('ping')}>
          ping
        </button>
        <button type="submit" className="button button-primary" disabled={!open}>
          Send
        </button>
      </div>
    </form>
  );
}
