import { titleOf } from '../socket/ending';
import { type Message, refreshedUntil } from '../socket/message';
import type { Options } from '../socket/options';
import { Socket } from '../socket/socket';
import type { Ending, Outcome, Receipt, SocketEvent } from '../socket/state';
import { newTrace } from '../socket/trace';
import { Store } from '../store';
import { noteEntry, receivedEntry, sentEntry } from './entry';
import { type Identity, identityOf } from './identity';
import { Log } from './log';
import { isPushBeside, type Reply } from './reply';
import { RoundTrips } from './round-trips';
import { Traffic } from './traffic';

/** The address and the credentials of a conversation. */
export type Destination = Pick<Options, 'url' | 'timing' | 'limits' | 'connectParams' | 'refresh' | 'isRefreshed'>;

/** The state of the open connection. `identity` is from the reply to "whoami"; undefined until it came. */
export type ConversationState = {
  readonly identity: Identity | undefined;
  /** How the last renewal of the open connection failed, if it did. */
  readonly failure?: Ending;
};

const whoami = '{"action":"whoami"}';

/**
 * A conversation with the server over one socket. It sends "whoami" on each new connection, and keeps the log and the
 * traffic figures. They contain no secret.
 */
export class Conversation extends Store<ConversationState> {
  readonly socket: Socket;
  readonly log: Log;
  readonly traffic = new Traffic();
  readonly #trips: RoundTrips;
  /** The entries of queued messages, with the text, by the socket's id. */
  readonly #queued = new Map<number, { readonly entry: number; readonly text: string }>();

  constructor(destination: Destination, replies: readonly Reply[], log = new Log()) {
    super({ identity: undefined });
    this.log = log;
    this.#trips = new RoundTrips(replies);
    this.socket = new Socket({ ...destination, trace: newTrace, isPush: isPushBeside(replies) });
    this.socket.listen((event) => this.#onEvent(event));
  }

  readonly connect = (): void => this.socket.connect();

  readonly disconnect = (): void => this.socket.disconnect();

  /** Sends the text as it is, or queues it, and returns the outcome. */
  readonly send = (text: string): Receipt['outcome'] => {
    const { id, outcome } = this.socket.send(text);
    const entry = this.#sent(text, outcome);
    if (outcome === 'queued') {
      this.#queued.set(id, { entry, text });
    }
    return outcome;
  };

  #onEvent(event: SocketEvent): void {
    switch (event.kind) {
      case 'opened':
        this.set({ identity: this.snapshot().identity });
        this.#note(event.renewed ? 'A new connection replaced the old one' : 'Open', false);
        this.send(whoami);
        break;
      case 'received':
        this.#received(event);
        break;
      case 'settled':
        this.#settled(event.id, event.outcome);
        break;
      case 'pinged':
        this.#sent(event.text, 'sent');
        break;
      case 'refreshing':
        this.traffic.sent(event.bytes, Date.now());
        this.#trips.sent(
          event.text,
          this.log.add({ ...sentEntry(event.text, 'sent'), size: event.bytes }),
          performance.now(),
        );
        break;
      case 'ponged':
        break; // the reply is also a received message
      case 'refreshed':
        this.set({ identity: this.snapshot().identity });
        break;
      case 'ended':
        this.#trips.forget();
        this.set({ identity: undefined });
        this.#noteEnding(event);
        break;
      case 'notRenewed':
        this.set({ ...this.snapshot(), failure: event.ending });
        this.#note(`The connection was not replaced: ${inWords(event.ending)}`, true);
        break;
    }
  }

  #sent(text: string, outcome: Outcome | 'queued'): number {
    const entry = sentEntry(text, outcome);
    const id = this.log.add(entry);
    if (outcome === 'sent') {
      this.#count(entry, id);
    }
    return id;
  }

  #settled(id: number, outcome: Outcome): void {
    const queued = this.#queued.get(id);
    this.#queued.delete(id);
    if (queued) {
      this.log.change(queued.entry, (entry) => (entry.direction === 'sent' ? { ...entry, outcome } : entry));
      if (outcome === 'sent') {
        this.#count(sentEntry(queued.text, outcome), queued.entry);
      }
    }
  }

  #count({ size, text }: { readonly size: number; readonly text: string }, id: number): void {
    this.traffic.sent(size, Date.now());
    this.#trips.sent(text, id, performance.now());
  }

  #received({ data, message }: Extract<SocketEvent, { kind: 'received' }>): void {
    const request = this.#trips.received(message, performance.now());
    if (request) {
      this.traffic.trip(request.route, request.trip);
    }
    const entry = receivedEntry(data, message, request);
    this.traffic.received(entry.size, Date.now());
    this.log.add(entry);
    this.#identify(message);
  }

  #identify(message: Message): void {
    const identity = identityOf(message);
    const known = this.snapshot().identity;
    const until = refreshedUntil(message);
    if (identity) {
      this.set({ ...this.snapshot(), identity });
    } else if (known && until !== undefined) {
      this.set({ ...this.snapshot(), identity: { ...known, expires: until / 1000 } });
    }
  }

  #noteEnding({ ending }: Extract<SocketEvent, { kind: 'ended' }>): void {
    const code = ending.kind === 'closed' ? `Closed ${ending.code}: ` : '';
    this.#note(`${code}${inWords(ending)}`, titleOf(ending).trouble);
  }

  /** Adds a note. A note that repeats the newest entry is counted in it instead. */
  #note(text: string, trouble: boolean): void {
    const last = this.log.last();
    if (last?.direction === 'note' && last.text === text) {
      this.log.change(last.id, () => ({ ...last, at: Date.now(), count: (last.count ?? 1) + 1 }));
    } else {
      this.log.add(noteEntry(text, trouble));
    }
  }
}

/** Returns the title of an ending, and the text of the server or the socket, if there is one. */
function inWords(ending: Ending): string {
  const { title } = titleOf(ending);
  const reason = ending.kind === 'closed' ? (ending.closing?.message ?? ending.reason) : '';
  const text = ending.kind === 'failed' ? ending.message : reason;
  return text && text !== title ? `${title} (${text})` : title;
}
