import type { Message } from '../socket/message';

/** So many unanswered messages are remembered, each up to this many characters. */
const most = 200;
const longest = 4096;

/**
 * Measures how long an answer took. The backend echoes what it got, so an echo
 * is matched with the oldest message of the same value; pings answer in order.
 */
export class RoundTrips {
  readonly #sent: { readonly key: string; readonly at: number }[] = [];

  /** A message was sent; `at` is in milliseconds of any clock. */
  sent(text: string, at: number): void {
    if (text.length <= longest) {
      this.#sent.push({ key: keyOfSent(text), at });
      if (this.#sent.length > most) {
        this.#sent.shift();
      }
    }
  }

  /** How long ago what the message answers was sent, in milliseconds; undefined if it answers nothing known. */
  received(message: Message, at: number): number | undefined {
    const key = keyOfReply(message);
    const index = key === undefined ? -1 : this.#sent.findIndex((sent) => sent.key === key);
    const [sent] = index < 0 ? [] : this.#sent.splice(index, 1);
    return sent && at - sent.at;
  }

  /** The connection ended: nothing more is answered. */
  forget(): void {
    this.#sent.length = 0;
  }
}

function keyOfSent(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    const action = (value as { action?: unknown } | null)?.action;
    return action === 'ping' || action === 'whoami' ? `action ${action}` : `echo ${JSON.stringify(value)}`;
  } catch {
    return `echo ${JSON.stringify(text)}`;
  }
}

function keyOfReply(message: Message): string | undefined {
  if (message.kind !== 'typed') {
    return undefined;
  }
  switch (message.type) {
    case 'pong':
      return 'action ping';
    case 'whoami':
      return 'action whoami';
    case 'echo':
      return `echo ${JSON.stringify(message.data)}`;
    default:
      return undefined;
  }
}
