import { Timer } from './timer';

/** The largest number of texts that are kept. The copies of other texts are not recognized. */
const maxTexts = 10_000;

/**
 * Recognizes the second of two copies. While two connections of one user overlap, a message to all connections of the user
 * comes twice, in an unknown order. So a text that came on one connection is left out once when it comes on the other.
 */
export class Dedupe {
  readonly #end = new Timer();
  readonly #unmatched = new Map<string, { readonly side: object; count: number }>();
  #active = false;

  /** Starts to look for copies, because two connections are open. */
  begin(): void {
    this.#end.stop();
    this.#active = true;
  }

  /** Stops after so many milliseconds, because one connection is left and copies may still come. */
  end(milliseconds: number): void {
    if (this.#active) {
      this.#end.start(milliseconds, () => this.stop());
    }
  }

  stop(): void {
    this.#end.stop();
    this.#active = false;
    this.#unmatched.clear();
  }

  /** Returns whether the text is the first copy. `side` is the connection on which it came. */
  pass(side: object, text: string): boolean {
    if (!this.#active) {
      return true;
    }
    const other = this.#unmatched.get(text);
    if (!other || other.side === side) {
      if (other) {
        other.count += 1;
      } else if (this.#unmatched.size < maxTexts) {
        this.#unmatched.set(text, { side, count: 1 });
      }
      return true;
    }
    other.count -= 1;
    if (other.count === 0) {
      this.#unmatched.delete(text);
    }
    return false;
  }
}
