import {
  type KeyboardEvent,
  type Ref,
  type SubmitEvent,
  useId,
  useImperativeHandle,
  useMemo,
  useRef,
  useState,
} from 'react';
import { createPortal } from 'react-dom';
import type { Field } from '../contract';
import { withoutCredentials, withoutToken } from '../conversation/entry';
import { remember, sentMessages } from '../history';
import { inspectDraft } from '../presentation/draft';
import { actionOf } from '../socket/message';
import type { Receipt } from '../socket/state';
import { lazyDialog, lazyPart } from './lazy-part';
import './composer.css';

const RouteForm = lazyPart(async () => (await import('./route-form')).RouteForm);
const SavedDialog = lazyDialog('Saved messages', async () => (await import('./saved-dialog')).SavedDialog);

/** A message to start from. */
export type Template = {
  readonly name: string;
  readonly text: string;
  /** The fields of its route. A form with them is shown for each message of the same action. */
  readonly fields?: readonly Field[] | undefined;
};

/** The composer for other parts of the page. */
export type ComposerHandle = {
  /** Puts a text into the field and focuses it. */
  readonly edit: (text: string) => void;
};

type ComposerProps = {
  readonly ref?: Ref<ComposerHandle>;
  readonly templates: readonly Template[];
  /** The id of the user, "" if nobody is signed in. A user must not see the messages of another user. */
  readonly user: string;
  /** The outcome of a message that is sent now. */
  readonly sendState: Receipt['outcome'];
  /** Sends a text and returns the outcome. */
  readonly onSend: (text: string) => Receipt['outcome'];
};

/** Edits and sends a message. The text stays and is selected, to send again or to overwrite. A token in it is removed. */
export function Composer({ ref, templates, user, sendState, onSend }: ComposerProps) {
  const id = useId();
  const [text, setText] = useState('');
  const [history, setHistory] = useHistory(user);
  const field = useRef<HTMLTextAreaElement>(null);
  const disabled = sendState === 'dropped';
  const edit = (next: string) => {
    setText(next);
    field.current?.focus();
  };
  useImperativeHandle(ref, () => ({ edit }));

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (onSend(text) !== 'dropped') {
      const kept = withoutToken(text);
      setText(kept);
      setHistory(remember(user, withoutCredentials(kept)));
      field.current?.select();
    }
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      event.currentTarget.form?.requestSubmit();
    } else if (event.altKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown')) {
      event.preventDefault();
      const now = history.indexOf(text);
      setText(history[Math.max(0, now + (event.key === 'ArrowUp' ? 1 : -1))] ?? text);
    }
  };

  return (
    <form className="panel composer" onSubmit={submit}>
      <div className="composer-head">
        <label htmlFor={`${id}text`}>Message</label>
        <Chooser name="Template" options={templates} onChoose={setText} />
        <Chooser name="Sent before" options={history.map((sent) => ({ name: sent, text: sent }))} onChoose={setText} />
        <Saved user={user} text={text} onUse={edit} />
      </div>
      <Form templates={templates} text={text} onChange={setText} />
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
      <Hint id={`${id}hint`} text={text} sendState={sendState} />
      <div className="composer-buttons">
        {['whoami', 'ping'].map((action) => (
          <button
            key={action}
            type="button"
            className="button"
            disabled={disabled}
            onClick={() => onSend(JSON.stringify({ action }))}
          >
            {action}
          </button>
        ))}
        <button type="submit" className="button button-primary" disabled={disabled}>
          Send
        </button>
      </div>
    </form>
  );
}

type FormProps = {
  readonly templates: readonly Template[];
  readonly text: string;
  readonly onChange: (text: string) => void;
};

/** The form of the route that the message selects, if the route has fields. */
function Form({ templates, text, onChange }: FormProps) {
  const action = useMemo(() => actionOf(text), [text]);
  const fields = useMemo(
    () => (action === undefined ? undefined : templates.find(({ text }) => actionOf(text) === action)?.fields),
    [templates, action],
  );
  return (
    action !== undefined && fields && <RouteForm action={action} fields={fields} text={text} onChange={onChange} />
  );
}

type SavedProps = { readonly user: string; readonly text: string; readonly onUse: (text: string) => void };

/** The button that opens the saved messages. The dialog has its own form, so it is outside the form of the composer. */
function Saved({ user, text, onUse }: SavedProps) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <button type="button" className="button" aria-haspopup="dialog" onClick={() => setOpen(true)}>
        Saved
      </button>
      {open &&
        createPortal(
          <SavedDialog user={user} text={withoutCredentials(text)} onUse={onUse} onClose={() => setOpen(false)} />,
          document.body,
        )}
    </>
  );
}

/** Returns the messages that the user sent before, and a function that replaces the list. */
function useHistory(user: string) {
  const [kept, setKept] = useState({ user, list: sentMessages(user) });
  if (kept.user !== user) {
    setKept({ user, list: sentMessages(user) });
  }
  return [kept.user === user ? kept.list : [], (list: readonly string[]) => setKept({ user, list })] as const;
}

const sendHints: Readonly<Record<Receipt['outcome'], string>> = {
  sent: 'Ctrl + Enter sends. Alt + ↑ recalls a sent message.',
  queued: 'The message will be sent when the connection is open.',
  dropped: 'Connect to send.',
};

type HintProps = { readonly id: string; readonly text: string; readonly sendState: Receipt['outcome'] };

function Hint({ id, text, sendState }: HintProps) {
  const { size, share, kind, warning } = useMemo(() => inspectDraft(text), [text]);
  return (
    <p id={id} className="hint">
      <span className="hint-size">
        {size}
        <svg className="gauge" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
          <rect className="gauge-all" width="100" height="4" rx="2" />
          <rect className={share < 1 ? 'gauge-left' : 'gauge-over'} width={share * 100} height="4" rx="2" />
        </svg>
      </span>
      <span>{kind}</span>
      {warning ? (
        <strong>{warning}</strong>
      ) : (
        <span className={sendState === 'sent' ? 'hint-keys' : undefined}>{sendHints[sendState]}</span>
      )}
    </p>
  );
}

/** A longer name is cut in a list. */
const longestName = 80;

type ChooserProps = {
  readonly name: string;
  readonly options: readonly { readonly name: string; readonly text: string }[];
  readonly onChoose: (text: string) => void;
};

/** A list of texts; choosing one puts it into the field. */
function Chooser({ name, options, onChoose }: ChooserProps) {
  return (
    <select
      className="select"
      aria-label={name}
      value=""
      disabled={options.length === 0}
      onChange={({ target }) => onChoose(options[Number(target.value)]?.text ?? '')}
    >
      <option value="" disabled hidden>
        {name}
      </option>
      {options.map((option, at) => (
        <option key={option.name} value={at}>
          {option.name.length > longestName ? `${option.name.slice(0, longestName - 1)}…` : option.name}
        </option>
      ))}
    </select>
  );
}
