import { type SubmitEvent, useId, useRef, useState } from 'react';
import { ConnectionState } from '../components/connection-state';
import { Countdown } from '../components/countdown';
import { EndingReport } from '../components/ending-report';
import { SessionLine } from '../components/session-line';
import type { Config } from '../config';
import { useRefusal } from '../console/use-refusal';
import type { Conversation } from '../conversation/conversation';
import { useNextFocus } from '../hooks/use-next-focus';
import { useSession } from '../hooks/use-session';
import { useStore } from '../hooks/use-store';
import { readAhead } from '../sign-in/clock';
import { endingOf, isReconnecting, type SocketSnapshot } from '../socket/state';
import { useSocket } from '../socket/use-socket';
import { SecondLog } from './second-log';

type SecondConversationProps = {
  readonly config: Config;
  readonly conversation: Conversation;
  readonly renewable: boolean;
};

/** The state, the messages and the field of a second connection. */
export function SecondConversation({ config, conversation, renewable }: SecondConversationProps) {
  const socket = useSocket(conversation.socket);
  const { identity, failure } = useStore(conversation);
  const refusal = useRefusal(socket, config.local);
  const session = useSession({ snapshot: socket, identity, ahead: readAhead(), renewable, failure });
  const ending = endingOf(socket);
  return (
    <>
      <ConnectionState label="Second connection" snapshot={socket} code={refusal?.code} session={session} />
      <Buttons snapshot={socket} conversation={conversation} />
      {session && <SessionLine session={session} />}
      {isReconnecting(socket) && <Countdown snapshot={socket} />}
      {ending && <EndingReport url={config.websocketUrl} ending={ending} refusal={refusal} />}
      {identity && (
        <p className="second-identity">
          User <code data-testid="second-user">{identity.user}</code>, connection <code>{identity.connectionId}</code>
        </p>
      )}
      <SecondLog log={conversation.log} />
      <SendForm open={socket.state === 'open'} onSend={conversation.send} />
    </>
  );
}

type ButtonsProps = { readonly snapshot: SocketSnapshot; readonly conversation: Conversation };

function Buttons({ snapshot, conversation }: ButtonsProps) {
  const ended = snapshot.state === 'idle' || snapshot.state === 'closed';
  const main = useRef<HTMLButtonElement>(null);
  const leaving = useNextFocus(isReconnecting(snapshot), main);
  return (
    <div className="buttons">
      <button
        ref={main}
        type="button"
        className="button"
        onClick={ended ? conversation.connect : conversation.disconnect}
      >
        {ended ? 'Connect again' : 'Disconnect'}
      </button>
      {isReconnecting(snapshot) && (
        <button type="button" className="button button-primary" onClick={conversation.connect} {...leaving}>
          Try now
        </button>
      )}
    </div>
  );
}

type SendFormProps = { readonly open: boolean; readonly onSend: (text: string) => unknown };

function SendForm({ open, onSend }: SendFormProps) {
  const id = useId();
  const [text, setText] = useState('');
  const submit = (event: SubmitEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (open) {
      onSend(text);
    }
  };
  return (
    <form className="second-send" onSubmit={submit}>
      <label htmlFor={id} className="visually-hidden">
        Message of the second connection
      </label>
      <textarea
        id={id}
        rows={2}
        autoComplete="off"
        spellCheck={false}
        placeholder={'Any text, or {"action": "…"}'}
        value={text}
        onChange={({ target }) => setText(target.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
            event.preventDefault();
            event.currentTarget.form?.requestSubmit();
          }
        }}
      />
      <button type="submit" className="button button-primary" aria-disabled={!open}>
        Send
      </button>
    </form>
  );
}
