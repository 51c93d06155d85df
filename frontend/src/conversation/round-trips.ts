import { errorDataOf, type Message } from '../socket/message';
import type { Request } from './entry';
import type { Reply } from './reply';

/** The largest number of unanswered messages that are remembered, and the largest length of each, in characters. */
const maxMessages = 200;
const maxLength = 4096;

/** A message without a reply. `at` is in milliseconds. */
type Sent = { readonly id: number; readonly key: string; readonly route: string; readonly at: number };

/**
 * Finds the message to which a message replies. The replies of one action come in order. The route $default sends a
 * message back, so its reply is matched with the oldest message of the same value. An error does not name the message
 * that it refuses, so it is matched only if there is one message without a reply.
 */
export class RoundTrips {
  readonly #actions: ReadonlySet<string | undefined>;
  readonly #replies: ReadonlyMap<string, Reply>;
  readonly #sent: Sent[] = [];

  constructor(replies: readonly Reply[]) {
    const all = [...replies, { action: 'ping', type: 'pong' }];
    this.#actions = new Set(all.map(({ action }) => action));
    this.#replies = new Map(all.map((reply) => [reply.type, reply]));
  }

  /** Remembers a message that was sent, with the id of its entry; `at` is in milliseconds of any clock. */
  sent(text: string, id: number, at: number): void {
    if (text.length <= maxLength) {
      this.#sent.push({ id, at, ...this.#keyOfSent(text) });
      if (this.#sent.length > maxMessages) {
        this.#sent.shift();
      }
    }
  }

  /** Returns the message to which this one replies, or undefined if it replies to none. */
  received(message: Message, at: number): Request | undefined {
    const [sent] = this.#sent.splice(...this.#placeOf(message));
    return sent && { id: sent.id, route: sent.route, trip: at - sent.at };
  }

  /** Returns the index and the number, 0 or 1, of the messages to which this one replies. */
  #placeOf(message: Message): [number, number] {
    if (message.kind === 'error' || errorDataOf(message, 'error')) {
      return [0, this.#sent.length === 1 ? 1 : 0];
    }
    const key = this.#keyOfReply(message);
    const index = key === undefined ? -1 : this.#sent.findIndex((sent) => sent.key === key);
    return index < 0 ? [0, 0] : [index, 1];
  }

  /** Forgets all messages, because the connection ended. */
  forget(): void {
    this.#sent.length = 0;
  }

  #keyOfSent(text: string): Pick<Sent, 'key' | 'route'> {
    try {
      const value: unknown = JSON.parse(text);
      const action = (value as { action?: unknown } | null)?.action;
      if (typeof action === 'string' && this.#actions.has(action)) {
        return { key: `action ${action}`, route: action };
      }
      return { key: valueKey(value), route: '$default' };
    } catch {
      return { key: valueKey(text), route: '$default' };
    }
  }

  #keyOfReply(message: Message): string | undefined {
    const reply = message.kind === 'typed' ? this.#replies.get(message.type) : undefined;
    if (message.kind !== 'typed' || !reply) {
      return undefined;
    }
    return reply.action === undefined ? valueKey(message.data) : `action ${reply.action}`;
  }
}

function valueKey(value: unknown): string {
  return `value ${JSON.stringify(value)}`;
}
