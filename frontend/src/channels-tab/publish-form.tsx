import { type KeyboardEvent, type SubmitEvent, useId, useMemo, useRef, useState } from 'react';
import { formatSize } from '../presentation/format';
import { frameLimit, utf8Length } from '../socket/bytes';
import { dataOf } from './words';
import '../components/composer.css';

type PublishFormProps = {
  readonly channel: string;
  readonly connected: boolean;
  /** Publishes data. It resolves to the problem in a sentence, or to undefined if there is none. */
  readonly onPublish: (data: unknown) => Promise<string | undefined>;
};

/** At most the size of the command without the channel and the data, in bytes. */
const commandSize = 64;

/** Publishes a message. The text stays and is selected, to publish it again or to overwrite it. */
export function PublishForm({ channel, connected, onPublish }: PublishFormProps) {
  const id = useId();
  const [text, setText] = useState('');
  const [problem, setProblem] = useState<string>();
  const field = useRef<HTMLTextAreaElement>(null);
  const { isJson, size } = useMemo(() => draftOf(text), [text]);
  const tooLarge = size + utf8Length(channel) + commandSize > frameLimit;

  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    field.current?.select();
    void onPublish(dataOf(text).data).then(setProblem);
  };
  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      event.currentTarget.form?.requestSubmit();
    }
  };

  return (
    <form className="composer channel-composer" onSubmit={submit}>
      <label htmlFor={`${id}text`}>Message to {channel}</label>
      <textarea
        id={`${id}text`}
        ref={field}
        aria-describedby={`${id}hint`}
        rows={2}
        required
        spellCheck={false}
        placeholder="Text or JSON"
        value={text}
        onChange={({ target }) => setText(target.value)}
        onKeyDown={onKeyDown}
      />
      <p id={`${id}hint`} className="hint">
        <span className="hint-size">{formatSize(size)}</span>
        <span>{isJson ? 'JSON' : 'text, published as a JSON string'}</span>
        {connected ? <span className="hint-keys">Ctrl + Enter publishes.</span> : <span>Connect to publish.</span>}
        {tooLarge && <strong>Over 32 KB with its command: API Gateway closes with 1009.</strong>}
        {problem && <strong role="alert">{problem}</strong>}
      </p>
      <div className="composer-buttons">
        <button type="submit" className="button button-primary" disabled={!connected}>
          Publish
        </button>
      </div>
    </form>
  );
}

/** Returns whether a text is JSON, and the size of its data in bytes. */
function draftOf(text: string): { readonly isJson: boolean; readonly size: number } {
  const { data, isJson } = dataOf(text);
  return { isJson, size: text === '' ? 0 : utf8Length(JSON.stringify(data)) };
}
