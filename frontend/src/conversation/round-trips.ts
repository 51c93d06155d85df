import type { Message } from '../socket/message';
import type { Reply } from './reply';

/** The largest number of unanswered messages that are remembered, and the largest length of each, in characters. */
const maxMessages = 200;
const maxLength = 4096;

/**
 * Measures the time from a message to its reply. The replies of one action come in order. The route $default sends a
 * message back, so its reply is matched with the oldest message of the same value.
 */
export class RoundTrips {
  readonly #actions: ReadonlySet<string | undefined>;
  readonly #replies: ReadonlyMap<string, Reply>;
  readonly #sent: { readonly key: string; readonly at: number }[] = [];

  constructor(replies: readonly Reply[]) {
    const all = [...replies, { action: 'ping', type: 'pong' }];
    this.#actions = new Set(all.map(({ action }) => action));
    this.#replies = new Map(all.map((reply) => [reply.type, reply]));
  }

  /** Remembers a message that was sent; `at` is in milliseconds of any clock. */
  sent(text: string, at: number): void {
    if (text.length <= maxLength) {
      this.#sent.push({ key: this.#keyOfSent(text), at });
      if (this.#sent.length > maxMessages) {
        this.#sent.shift();
      }
    }
  }

  /** Returns the milliseconds since the message that this one replies to was sent, or undefined if it replies to none. */
  received(message: Message, at: number): number | undefined {
    const key = this.#keyOfReply(message);
    const index = key === undefined ? -1 : this.#sent.findIndex((sent) => sent.key === key);
    const [sent] = index < 0 ? [] : this.#sent.splice(index, 1);
    return sent && at - sent.at;
  }

  /** Forgets all messages, because the connection ended. */
  forget(): void {
    this.#sent.length = 0;
  }

  #keyOfSent(text: string): string {
    try {
      const value: unknown = JSON.parse(text);
      const action = (value as { action?: unknown } | null)?.action;
      return typeof action === 'string' && this.#actions.has(action) ? `action ${action}` : valueKey(value);
    } catch {
      return valueKey(text);
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
