import { useId, useState } from 'react';
import type { Config } from '../config';
import { Conversation } from '../conversation/conversation';
import type { Reply } from '../conversation/reply';
import { SecondConversation } from './second-conversation';
import { SecondForm, type Source } from './second-form';
import './second-connection.css';

type SecondConnectionProps = {
  readonly config: Config;
  readonly replies: readonly Reply[];
  readonly onClose: () => void;
};

/** A second connection with a credential of its own, beside the first one. It shares nothing with the first but the page. */
export function SecondConnection({ config, replies, onClose }: SecondConnectionProps) {
  const heading = useId();
  const [started, setStarted] = useState<{ readonly source: Source; readonly conversation: Conversation }>();
  const start = (source: Source) => {
    const { websocketUrl: url, socket: timing } = config;
    const conversation = new Conversation({ url, ...source.options, ...(timing && { timing }) }, replies);
    setStarted({ source, conversation });
    conversation.connect();
  };
  return (
    <section className="panel second" aria-labelledby={heading}>
      <div className="panel-head second-head">
        <h2 id={heading}>Second connection {started?.source.name}</h2>
        {started && (
          <button type="button" className="button button-quiet" onClick={() => setStarted(undefined)}>
            Other credential
          </button>
        )}
        <button type="button" className="button button-quiet" onClick={onClose}>
          Close
        </button>
      </div>
      <div className="second-body">
        {started ? (
          <SecondConversation
            config={config}
            conversation={started.conversation}
            renewable={started.source.renewable}
          />
        ) : (
          <SecondForm config={config} onStart={start} />
        )}
      </div>
    </section>
  );
}
