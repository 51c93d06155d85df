import { Timer } from './timer';

/** More texts than this are not kept; the copies of those beyond would be let through. */
const most = 10_000;

/**
 * Lets one of two copies pass. While two connections of one user overlap, what
 * the server sends to all of them comes twice; in which order is not known, so
 * a text that came by one is left out once when it comes by the other.
 */
export class Dedupe {
  readonly #end = new Timer();
  readonly #unmatched = new Map<string, { readonly side: object; count: number }>();
  #active = false;

  /** Two connections are open from now on. */
  begin(): void {
    this.#end.stop();
    this.#active = true;
  }

  /** There is one again; copies may come for so many milliseconds yet. */
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

  /** Whether a text that came by this side is the first of its kind. */
  pass(side: object, text: string): boolean {
    if (!this.#active) {
      return true;
    }
    const other = this.#unmatched.get(text);
    if (!other || other.side === side) {
      if (other) {
        other.count += 1;
      } else if (this.#unmatched.size < most) {
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
