import type { Config } from '../config';
import { Conversation } from '../conversation/conversation';
import type { SignIn } from '../sign-in/sign-in';
import type { SocketEvent } from '../socket/state';
import { credentials } from './credentials';
import { cutEverywhere } from './cut';

/** A conversation of whoever is signed in. */
export type Talk = {
  readonly conversation: Conversation;
  /** Ends the user's connections everywhere; rejects with a message for people. Undefined where that cannot be done. */
  readonly cut: ((signal: AbortSignal) => Promise<void>) | undefined;
};

/** Begins a conversation, and tells the sign-in what the server says of the token and of the user when it ends it. */
export function begin(config: Config, signIn: SignIn): Talk {
  const { websocketUrl: url, httpUrl, socket: timing } = config;
  const conversation = new Conversation({ url, ...credentials(signIn, httpUrl), ...(timing && { timing }) });
  /** Whether this page itself ended all connections, its own among them: then it signs out as it was told to. */
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
    await cutEverywhere(signIn, httpUrl ?? '', signal);
    signIn.signedOutEverywhere();
  };
  return { conversation, cut: httpUrl === undefined ? undefined : cut };
}

/** The code by which the server told why it ended the connection. */
function closingOf(event: SocketEvent): string | undefined {
  return event.kind === 'ended' && event.ending.kind === 'closed' ? event.ending.closing?.code : undefined;
}
