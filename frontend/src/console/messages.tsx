import { useRef } from 'react';
import { Composer, type ComposerHandle, type Template } from '../components/composer';
import { MessageLog } from '../components/message-log';
import type { Config } from '../config';
import type { Conversation } from '../conversation/conversation';
import type { Identity } from '../conversation/identity';
import type { Receipt, SocketSnapshot } from '../socket/state';

type MessagesProps = {
  readonly config: Config;
  readonly conversation: Conversation;
  readonly identity: Identity | undefined;
  readonly socket: SocketSnapshot;
  readonly templates: readonly Template[];
  /** The id of the user, "" if nobody is signed in. */
  readonly user: string;
};

/** The log, and the composer, which can edit a message of the log. */
export function Messages({ config, conversation, identity, socket, templates, user }: MessagesProps) {
  const composer = useRef<ComposerHandle>(null);
  return (
    <>
      <MessageLog
        log={conversation.log}
        state={socket.state}
        target={identity && { url: config.websocketUrl, identity, outputs: config.outputs }}
        onEdit={(text) => composer.current?.edit(text)}
      />
      <Composer
        ref={composer}
        templates={templates}
        user={user}
        sendState={sendStateOf(socket)}
        onSend={conversation.send}
      />
    </>
  );
}

/** Returns the outcome of a message that is sent now. */
function sendStateOf({ state }: SocketSnapshot): Receipt['outcome'] {
  if (state === 'open') {
    return 'sent';
  }
  return state === 'connecting' || state === 'waiting' ? 'queued' : 'dropped';
}
