import type { Entry } from './entry';
import type { LogSnapshot } from './log';

/** The conditions for an entry. "" accepts every text or type. */
export type Filter = {
  /** Part of the text, in upper or lower case. */
  readonly text: string;
  /** A direction, or a type of message. */
  readonly type: string;
};

/** Selects the entries that match a filter. It checks each entry once, however often the log grows. */
export class LogFilter {
  readonly #filter: Filter;
  readonly #part: string;
  #matched: Entry[] = [];
  #lastId = 0;
  #revision = -1;

  constructor(filter: Filter) {
    this.#filter = filter;
    this.#part = filter.text.toLowerCase();
  }

  /** Returns the matching entries of the log, oldest first. Each call must be for the same log or a newer state of it. */
  apply({ entries, revision }: LogSnapshot): readonly Entry[] {
    if (this.#filter.text === '' && this.#filter.type === '') {
      return entries;
    }
    if (revision !== this.#revision) {
      this.#matched = [];
      this.#lastId = 0;
      this.#revision = revision;
    }
    const first = entries[0]?.id ?? Number.POSITIVE_INFINITY;
    const kept = this.#matched.findIndex(({ id }) => id >= first);
    const fresh = entries.slice(this.#firstFresh(entries)).filter((entry) => this.#wants(entry));
    this.#matched = [...(kept < 0 ? [] : this.#matched.slice(kept)), ...fresh];
    this.#lastId = entries.at(-1)?.id ?? this.#lastId;
    return this.#matched;
  }

  #firstFresh(entries: readonly Entry[]): number {
    return entries.findLastIndex(({ id }) => id <= this.#lastId) + 1;
  }

  #wants({ direction, type, text }: Entry): boolean {
    const wanted = this.#filter.type;
    return (wanted === '' || wanted === direction || wanted === type) && text.toLowerCase().includes(this.#part);
  }
}
