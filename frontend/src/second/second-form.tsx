import { type SubmitEvent, useId, useState } from 'react';
import { ClaimsTable } from '../claims/claims-table';
import type { Config } from '../config';
import { readCredential } from './credential';
import { type CredentialOptions, optionsOfPasted, optionsOfUser } from './params';

/** The credential of a second connection. */
export type Source = {
  /** A few words for people, without the secret. */
  readonly name: string;
  /** Whether the page can get a newer credential without the user. */
  readonly renewable: boolean;
  readonly options: CredentialOptions;
};

type SecondFormProps = { readonly config: Config; readonly onStart: (source: Source) => void };

/** Asks for the credential of a second connection. */
export function SecondForm({ config, onStart }: SecondFormProps) {
  return (
    <>
      <p>
        This connection has a credential of its own and shares nothing with the first one. The credential is kept in the
        memory of this page only.
      </p>
      {config.local && <UserForm config={config} onStart={onStart} />}
      <PasteForm config={config} onStart={onStart} />
    </>
  );
}

/** Connects as a user of the local sign-in. */
function UserForm({ config, onStart }: SecondFormProps) {
  const id = useId();
  const [user, setUser] = useState('');
  const name = user.trim();
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (name !== '') {
      onStart({ name: `as ${name}`, renewable: true, options: optionsOfUser(name, config) });
    }
  };
  return (
    <form className="second-form" onSubmit={submit}>
      <label htmlFor={id}>Another user of the local sign-in</label>
      <input
        id={id}
        className="select"
        autoComplete="off"
        spellCheck={false}
        placeholder="Any name"
        value={user}
        onChange={({ target }) => setUser(target.value)}
      />
      <button type="submit" className="button" aria-disabled={name === ''}>
        Connect as this user
      </button>
    </form>
  );
}

/** Connects with a pasted token or ticket. */
function PasteForm({ config, onStart }: SecondFormProps) {
  const id = useId();
  const [text, setText] = useState('');
  const credential = readCredential(text);
  const wrong = text.trim() !== '' && credential === undefined;
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (credential) {
      setText('');
      const options = optionsOfPasted(credential, config);
      onStart({ name: `with a pasted ${credential.kind}`, renewable: false, options });
    }
  };
  return (
    <form className="second-form" onSubmit={submit}>
      <label htmlFor={id}>A token or a ticket</label>
      <textarea
        id={id}
        rows={3}
        autoComplete="off"
        spellCheck={false}
        aria-invalid={wrong}
        aria-describedby={`${id}hint`}
        value={text}
        onChange={({ target }) => setText(target.value)}
      />
      <p id={`${id}hint`} className={wrong ? 'second-wrong' : 'dialog-note'}>
        {wrong
          ? 'This is neither a token (three parts with dots between them) nor a ticket (one word of letters and digits).'
          : 'A token is from your issuer or scripts/token.sh. A ticket is from POST /tickets and valid for a minute.'}
      </p>
      {credential?.kind === 'token' && <ClaimsTable token={credential.token} />}
      <button type="submit" className="button" aria-disabled={credential === undefined}>
        Connect with this credential
      </button>
    </form>
  );
}
