import { type SubmitEvent, useId, useState } from 'react';

type SubscribeFormProps = {
  /** Beginnings of names, and names. */
  readonly suggestions: readonly string[];
  /** The name of a channel, as an example. */
  readonly example: string;
  readonly onSubscribe: (name: string) => void;
};

/** Asks for the name of a channel. */
export function SubscribeForm({ suggestions, example, onSubscribe }: SubscribeFormProps) {
  const id = useId();
  const [name, setName] = useState('');
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    onSubscribe(name.trim());
    setName('');
  };
  return (
    <form className="channel-form" onSubmit={submit}>
      <label htmlFor={id}>Channel</label>
      <div className="channel-field">
        <input
          id={id}
          className="select"
          list={`${id}names`}
          placeholder={example}
          autoComplete="off"
          autoCapitalize="off"
          spellCheck={false}
          required
          pattern=".*\S.*"
          value={name}
          onChange={({ target }) => setName(target.value)}
        />
        <datalist id={`${id}names`}>
          {suggestions.map((suggestion) => (
            <option key={suggestion} value={suggestion} />
          ))}
        </datalist>
        <button type="submit" className="button button-primary">
          Subscribe
        </button>
      </div>
    </form>
  );
}
