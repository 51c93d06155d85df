import type { Limits } from './options';

type Waiting = { readonly id: number; readonly text: string };

/** Messages that wait for a connection, in order: bounded in number and in characters. */
export class Outbox {
  readonly #limits: Limits;
  #waiting: Waiting[] = [];
  #characters = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#waiting.length;
  }

  /** Keeps a message; false if there is no room. The newest is refused, since the older ones were promised. */
  add(message: Waiting): boolean {
    const { queuedMessages, queuedCharacters } = this.#limits;
    if (this.size >= queuedMessages || this.#characters + message.text.length > queuedCharacters) {
      return false;
    }
    this.#waiting.push(message);
    this.#characters += message.text.length;
    return true;
  }

  /** Hands over messages, oldest first, as long as `send` takes them; `taken` is told of each. */
  flush(send: (text: string) => boolean, taken: (id: number) => void): void {
    for (let first = this.#waiting[0]; first && send(first.text); first = this.#waiting[0]) {
      this.#waiting.shift();
      this.#characters -= first.text.length;
      taken(first.id);
    }
  }

  /** Empties the box and returns the ids of what was in it. */
  empty(): number[] {
    const ids = this.#waiting.map(({ id }) => id);
    this.#waiting = [];
    this.#characters = 0;
    return ids;
  }
}
