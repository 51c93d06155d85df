import type { Config } from '../config';
import { Conversation } from '../conversation/conversation';
import type { SignIn } from '../sign-in/sign-in';
import type { SocketEvent } from '../socket/state';
import { credentials } from './credentials';
import { cutEverywhere } from './cut';

/** The conversation of the signed-in user. */
export type Talk = {
  readonly conversation: Conversation;
  /** Ends the user's connections everywhere. It rejects with a text for the user. Undefined without an HTTP API. */
  readonly cut: ((signal: AbortSignal) => Promise<void>) | undefined;
};

/** Begins a conversation. When the server ends it because of the token or the user, the sign-in is informed. */
export function begin(config: Config, signIn: SignIn): Talk {
  const { websocketUrl: url, httpUrl, socket: timing } = config;
  const conversation = new Conversation({ url, ...credentials(signIn, httpUrl), ...(timing && { timing }) });
  /** Whether this page is ending all connections, its own included. It then signs out by itself. */
  let cutting = false;
  conversation.socket.listen((event) => {
    const code = closingOf(event);
    if (event.kind === 'opened') {
      cutting = false;
    } else if (code === 'token_expired' && httpUrl === undefined) {
      signIn.refuse(); // where there are tickets, the answer to the next request for one tells it
    } else if (code === 'signed_out' && !cutting) {
      void signIn.endHere();
    }
  });
  const cut = async (signal: AbortSignal) => {
    cutting = true;
    try {
      await cutEverywhere(signIn, httpUrl ?? '', signal);
    } catch (error) {
      cutting = false; // the page stays signed in, until the user signs out everywhere on another device
      throw error;
    }
    signIn.signedOutEverywhere();
  };
  return { conversation, cut: httpUrl === undefined ? undefined : cut };
}

/** The error code with which the server ended the connection, if there is one. */
function closingOf(event: SocketEvent): string | undefined {
  return event.kind === 'ended' && event.ending.kind === 'closed' ? event.ending.closing?.code : undefined;
}
