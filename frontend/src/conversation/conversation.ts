import { explainClose } from '../socket/close-code';
import { actionOf, type Identity, identityOf, type Message, parseMessage } from '../socket/message';
import { type Ending, Socket, type SocketSnapshot } from '../socket/socket';
import { Store } from '../store';

/** One line of the log. `at` is Unix time in milliseconds; `id` is unique on this page. */
export type Entry = { readonly id: number; readonly at: number } & (
  | { readonly direction: 'sent'; readonly text: string; readonly action: string | undefined }
  | { readonly direction: 'received'; readonly text: string; readonly message: Message }
  /** What happened to the connection itself. */
  | { readonly direction: 'note'; readonly text: string; readonly trouble: boolean }
);

type Line<T = Entry> = T extends Entry ? Omit<T, 'id' | 'at'> : never;

/** What was said, and who the backend says we are. */
export type Talk = {
  /** The newest lines, oldest first. */
  readonly entries: readonly Entry[];
  /** How many older lines were dropped to keep the log short. */
  readonly dropped: number;
  /** Known once "whoami" was answered, until the connection ends. */
  readonly identity: Identity | undefined;
};

/** Where a conversation goes, and the token that lets it in: undefined to knock without one. */
export type Destination = {
  readonly url: string;
  readonly token: () => Promise<string | undefined>;
};

/** The log keeps this many lines. */
export const logLimit = 1000;

/** The application's subprotocol; a token travels beside it as another. */
const subprotocol = 'sallyport.v1';

/**
 * A conversation with the backend over one socket: it offers the token, asks
 * who we are once connected, and keeps the log.
 */
export class Conversation extends Store<Talk> {
  readonly socket = new Socket();
  readonly #destination: Destination;
  #lastId = 0;

  constructor(destination: Destination) {
    super({ entries: [], dropped: 0, identity: undefined });
    this.#destination = destination;
    this.socket.subscribe(() => this.#follow(this.socket.snapshot()));
    this.socket.onMessage((data) => this.#receive(data));
  }

  readonly connect = (): Promise<void> =>
    this.socket.connect(this.#destination.url, async () => {
      const token = await this.#destination.token();
      return token === undefined ? [subprotocol] : [subprotocol, `bearer.${token}`];
    });

  readonly disconnect = (): void => this.socket.disconnect();

  /** Sends the text as it is. Returns whether it was sent. */
  readonly send = (text: string): boolean => {
    const sent = this.socket.send(text);
    if (sent) {
      this.#add({ direction: 'sent', text, action: actionOf(text) });
    }
    return sent;
  };

  /** Asks for a route that needs nothing but its name. */
  readonly request = (action: 'whoami' | 'ping'): boolean => this.send(JSON.stringify({ action }));

  /** Empties the log. */
  readonly clear = (): void => this.set({ ...this.snapshot(), entries: [], dropped: 0 });

  #follow(snapshot: SocketSnapshot): void {
    if (snapshot.state === 'open') {
      this.#add({ direction: 'note', text: 'Open', trouble: false });
      this.request('whoami');
    } else if (snapshot.state === 'closed') {
      this.set({ ...this.snapshot(), identity: undefined });
      this.#add({ direction: 'note', ...describeEnding(snapshot.ending) });
    }
  }

  #receive(data: string | ArrayBuffer): void {
    const message = parseMessage(data);
    this.#add({ direction: 'received', text: typeof data === 'string' ? data : '', message });
    const identity = identityOf(message);
    if (identity) {
      this.set({ ...this.snapshot(), identity });
    }
  }

  #add(line: Line): void {
    const { entries, dropped, ...rest } = this.snapshot();
    this.#lastId += 1;
    const all = [...entries, { ...line, id: this.#lastId, at: Date.now() }];
    const excess = Math.max(0, all.length - logLimit);
    this.set({ ...rest, entries: all.slice(excess), dropped: dropped + excess });
  }
}

function describeEnding(ending: Ending): { text: string; trouble: boolean } {
  switch (ending.kind) {
    case 'closed': {
      const { title, trouble } = explainClose(ending);
      const said = ending.reason && ending.reason !== title ? ` (${ending.reason})` : '';
      return { text: `Closed ${ending.code}: ${title}${said}`, trouble };
    }
    case 'cancelled':
      return { text: 'Called off before it was open', trouble: false };
    case 'failed':
      return { text: ending.message, trouble: true };
  }
}
