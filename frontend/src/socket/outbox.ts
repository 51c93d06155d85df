import type { Limits } from './options';

type Waiting = { readonly id: number; readonly text: string };

/** The queue of messages that wait for a connection, limited in number and in characters. */
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

  /** Adds a message. It returns false if the queue is full, because the older messages were accepted before. */
  add(message: Waiting): boolean {
    const { queuedMessages, queuedCharacters } = this.#limits;
    if (this.size >= queuedMessages || this.#characters + message.text.length > queuedCharacters) {
      return false;
    }
    this.#waiting.push(message);
    this.#characters += message.text.length;
    return true;
  }

  /** Passes messages to `send`, oldest first, until it returns false. It calls `taken` with the id of each one sent. */
  flush(send: (text: string) => boolean, taken: (id: number) => void): void {
    for (let first = this.#waiting[0]; first && send(first.text); first = this.#waiting[0]) {
      this.#waiting.shift();
      this.#characters -= first.text.length;
      taken(first.id);
    }
  }

  /** Empties the queue and returns the ids of its messages. */
  empty(): number[] {
    const ids = this.#waiting.map(({ id }) => id);
    this.#waiting = [];
    this.#characters = 0;
    return ids;
  }
}
