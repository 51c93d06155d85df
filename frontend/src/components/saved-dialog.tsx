import { type SubmitEvent, useState } from 'react';
import { flushSync } from 'react-dom';
import {
  deleteMessage,
  maxName,
  renameMessage,
  type SavedMessage,
  savedMessages,
  saveMessage,
} from '../saved-messages';
import { Icon } from './icon';
import { Modal } from './modal';
import './saved-dialog.css';

type SavedDialogProps = {
  /** The id of the user. */
  readonly user: string;
  /** The message that can be saved. */
  readonly text: string;
  /** Puts a saved message into the composer. */
  readonly onUse: (text: string) => void;
  readonly onClose: () => void;
};

/** Lists the saved messages of the user, which can be used, renamed and deleted. A field saves the current message. */
export function SavedDialog({ user, text, onUse, onClose }: SavedDialogProps) {
  const [list, setList] = useState(() => savedMessages(user));
  const [problem, setProblem] = useState<string>();
  const done = (reason?: string) => {
    setProblem(reason);
    setList(savedMessages(user));
  };
  const use = (saved: string) => {
    flushSync(onClose); // the dialog returns the focus before the composer takes it
    onUse(saved);
  };
  return (
    <Modal title="Saved messages" onClose={onClose}>
      <SaveForm text={text} onSave={(name) => done(saveMessage(user, name, text))} />
      {problem !== undefined && (
        <p className="dialog-problem" role="alert">
          {problem}
        </p>
      )}
      {list.length === 0 ? (
        <p className="dialog-note">No messages are saved in this browser yet.</p>
      ) : (
        <ul className="saved">
          {list.map((saved) => (
            <SavedRow
              key={saved.name}
              saved={saved}
              onUse={() => use(saved.text)}
              onRename={(name) => done(renameMessage(user, saved.name, name))}
              onDelete={() => done(void deleteMessage(user, saved.name))}
            />
          ))}
        </ul>
      )}
      <div className="dialog-foot">
        <p className="dialog-note">They stay in this browser after you sign out. Tokens are left out.</p>
        <button type="button" className="button" onClick={onClose}>
          Close
        </button>
      </div>
    </Modal>
  );
}

type SaveFormProps = { readonly text: string; readonly onSave: (name: string) => void };

function SaveForm({ text, onSave }: SaveFormProps) {
  const [name, setName] = useState('');
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    event.stopPropagation(); // in React's tree, the form of the composer is around this one
    onSave(name);
    setName('');
  };
  return (
    <form className="saved-form" onSubmit={submit}>
      <input
        className="select"
        aria-label="Name for the current message"
        placeholder={text === '' ? 'Write a message first' : 'Name for the current message'}
        maxLength={maxName}
        required
        disabled={text === ''}
        value={name}
        onChange={({ target }) => setName(target.value)}
      />
      <button type="submit" className="button" disabled={text === ''}>
        Save
      </button>
    </form>
  );
}

type SavedRowProps = {
  readonly saved: SavedMessage;
  readonly onUse: () => void;
  readonly onRename: (name: string) => void;
  readonly onDelete: () => void;
};

function SavedRow({ saved: { name, text }, onUse, onRename, onDelete }: SavedRowProps) {
  return (
    <li>
      <input
        className="select"
        aria-label={`Rename ${name}`}
        maxLength={maxName}
        defaultValue={name}
        onBlur={({ target }) => target.value !== name && onRename(target.value)}
        onKeyDown={({ key, currentTarget }) => key === 'Enter' && currentTarget.blur()}
      />
      <code>{text.slice(0, 200)}</code>
      <button type="button" className="button" aria-label={`Use ${name}`} onClick={onUse}>
        Use
      </button>
      <button
        type="button"
        className="button button-icon"
        aria-label={`Delete ${name}`}
        title="Delete"
        onClick={onDelete}
      >
        <Icon name="close" />
      </button>
    </li>
  );
}
