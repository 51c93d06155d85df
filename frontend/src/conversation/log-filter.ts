import type { Entry } from './entry';
import type { LogSnapshot } from './log';
import type { Matcher } from './matcher';

/** The longest time of one call, in milliseconds, so that the page stays responsive. */
const longest = 12;

/** Selects the entries that match a filter. It checks each entry once, however often the log grows. */
export class LogFilter {
  readonly #matcher: Matcher | undefined;
  readonly #type: string;
  readonly #clock: () => number;
  #matched: Entry[] = [];
  #lastId = 0;
  #revision = -1;
  #done = true;

  /** Without a matcher it accepts every text. `type` is a direction or a type of message; "" accepts every type. */
  constructor(matcher: Matcher | undefined, type: string, clock: () => number = () => performance.now()) {
    this.#matcher = matcher;
    this.#type = type;
    this.#clock = clock;
  }

  /** Whether the last call has checked all entries. If not, call `apply` again. */
  get done(): boolean {
    return this.#done;
  }

  /**
   * Returns the matching entries of the log, oldest first. Each call must be for the same log or a newer state of it. A
   * call that would take long returns the matches so far.
   */
  apply({ entries, revision }: LogSnapshot): readonly Entry[] {
    if (!this.#matcher && this.#type === '') {
      return entries;
    }
    if (revision !== this.#revision) {
      this.#matched = [];
      this.#lastId = 0;
      this.#revision = revision;
    }
    const first = entries[0]?.id ?? Number.POSITIVE_INFINITY;
    const kept = this.#matched.findIndex(({ id }) => id >= first);
    this.#matched = [...(kept < 0 ? [] : this.#matched.slice(kept)), ...this.#matchesAfterLast(entries)];
    return this.#matched;
  }

  #matchesAfterLast(entries: readonly Entry[]): Entry[] {
    const fresh: Entry[] = [];
    const stop = this.#clock() + longest;
    const first = entries.findLastIndex(({ id }) => id <= this.#lastId) + 1;
    this.#done = true;
    for (const entry of entries.slice(first)) {
      if (this.#clock() > stop) {
        this.#done = false;
        break;
      }
      if (this.#wants(entry)) {
        fresh.push(entry);
      }
      this.#lastId = entry.id;
    }
    return fresh;
  }

  #wants({ direction, type, text }: Entry): boolean {
    const wanted = this.#type;
    return (wanted === '' || wanted === direction || wanted === type) && this.#matcher?.matches(text) !== false;
  }
}
