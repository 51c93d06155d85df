import type { Config } from '../config';
import { Conversation } from '../conversation/conversation';
import type { Reply } from '../conversation/reply';
import type { SignIn } from '../sign-in/sign-in';
import type { SocketEvent } from '../socket/state';
import { credentials } from './credentials';
import { disconnectEverywhere } from './disconnect-everywhere';

/** The conversation of the signed-in user. */
export type UserConversation = {
  readonly conversation: Conversation;
  /** Ends the user's connections everywhere. It rejects with a text for the user. Undefined without an HTTP API. */
  readonly disconnectAll: ((signal: AbortSignal) => Promise<void>) | undefined;
};

/** Starts a conversation. If the server ends it because of the token or the user, the sign-in is informed. */
export function startConversation(config: Config, signIn: SignIn, replies: readonly Reply[]): UserConversation {
  const { websocketUrl: url, httpUrl, socket: timing, regions } = config;
  const options = { ...credentials(signIn, httpUrl), ...(timing && { timing }) };
  const mover = regions?.mover((one, attempt) => credentials(signIn, one).connectParams(attempt));
  const conversation = new Conversation({ url, ...options, ...mover?.options }, replies);
  /** Whether this page is ending all connections, its own included. It then signs out by itself. */
  let disconnecting = false;
  conversation.socket.listen((event) => {
    mover?.follow(event);
    const code = closingOf(event);
    if (event.kind === 'opened') {
      disconnecting = false;
    } else if (code === 'token_expired' && httpUrl === undefined) {
      signIn.refuse(); // with tickets, the answer to the next ticket request reports it
    } else if (code === 'signed_out' && !disconnecting) {
      void signIn.endHere();
    }
  });
  const disconnectAll = async (signal: AbortSignal) => {
    disconnecting = true;
    try {
      // Each region knows its own connections only.
      await Promise.all(
        (regions?.all ?? [config]).map((one) => disconnectEverywhere(signIn, one.httpUrl ?? '', signal)),
      );
    } catch (error) {
      disconnecting = false; // the page stays signed in, until the user signs out everywhere on another device
      throw error;
    }
    signIn.signedOutEverywhere();
  };
  return { conversation, disconnectAll: httpUrl === undefined ? undefined : disconnectAll };
}

/** The error code with which the server ended the connection, if there is one. */
function closingOf(event: SocketEvent): string | undefined {
  return event.kind === 'ended' && event.ending.kind === 'closed' ? event.ending.closing?.code : undefined;
}
