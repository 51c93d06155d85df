import { Store } from '../store';
import type { Entry, NewEntry } from './entry';

/** The log at one moment. */
export type LogSnapshot = {
  /** The newest entries, oldest first. */
  readonly entries: readonly Entry[];
  /** The number of older entries that were dropped. */
  readonly dropped: number;
  /** Changes when existing entries change or come back, not when entries are added. */
  readonly revision: number;
  /** The number of entries that `undoClear` restores. */
  readonly cleared: number;
};

/** The largest number of entries, and of characters in them. */
export const logLimits = { entries: 10_000, characters: 16_000_000 } as const;

/** The ids up to this one are for restored entries, so that these come before all others. */
const restoredIds = 1000;

/** The number of entries above the limit at which the log is shortened, so that this does not happen with every message. */
const slack = 1000;

/**
 * The log of messages, limited in size. It calls its subscribers at most once per animation frame, however fast messages
 * come. A hidden page has no frames, so there are no calls until it is shown.
 */
export class Log extends Store<LogSnapshot> {
  readonly #schedule: (publish: () => void) => void;
  #entries: Entry[] = [];
  #characters = 0;
  #dropped = 0;
  #revision = 0;
  #lastId = restoredIds;
  #scheduled = false;
  #cleared: readonly Entry[] = [];
  #closed = false;

  constructor(schedule: (publish: () => void) => void = (publish) => requestAnimationFrame(publish)) {
    super({ entries: [], dropped: 0, revision: 0, cleared: 0 });
    this.#schedule = schedule;
  }

  /** Adds an entry and returns its id. A closed log ignores it. */
  add(entry: NewEntry): number {
    this.#lastId += 1;
    if (this.#closed) {
      return this.#lastId;
    }
    this.#entries.push({ ...entry, id: this.#lastId, at: Date.now() });
    this.#characters += entry.text.length;
    if (this.#entries.length > logLimits.entries + slack || this.#characters > logLimits.characters) {
      this.#dropOldest();
    }
    this.#changed();
    return this.#lastId;
  }

  /** Returns the newest entry, or undefined if the log is empty. */
  last(): Entry | undefined {
    return this.#entries.at(-1);
  }

  /** Changes the entry with that id, if the log still has it. */
  change(id: number, change: (entry: Entry) => Entry): void {
    const index = this.#entries.findLastIndex((entry) => entry.id === id);
    const entry = this.#entries[index];
    if (entry) {
      this.#entries[index] = change(entry);
      this.#revision += 1;
      this.#changed();
    }
  }

  /** Returns the entries of this moment, which subscribers may not have seen yet. */
  all(): readonly Entry[] {
    return this.#entries;
  }

  /** Removes all entries. `undoClear` restores them. */
  readonly clear = (): void => {
    this.#cleared = this.#entries;
    this.#replace([]);
  };

  /** Restores the entries that the last `clear` removed. They come before those that were added since. */
  readonly undoClear = (): void => {
    const all = [...this.#cleared, ...this.#entries];
    this.#cleared = [];
    this.#replace(all);
  };

  /** Deletes the entries that `clear` removed. */
  readonly forgetCleared = (): void => {
    this.#cleared = [];
    this.#changed();
  };

  /** Puts entries of an earlier page before all others, at most the newest 1000 of them. They get new ids. */
  restore(entries: readonly Entry[]): void {
    const kept = entries.slice(-restoredIds);
    const ids = new Map(kept.map(({ id }, index) => [id, restoredIds - kept.length + 1 + index]));
    this.#replace([...kept.map((entry) => renumbered(entry, ids)), ...this.#entries]);
  }

  /** Deletes all entries, and ignores later ones. */
  close(): void {
    this.#closed = true;
    this.#cleared = [];
    this.#replace([]);
  }

  #replace(entries: Entry[]): void {
    this.#entries = entries;
    this.#characters = entries.reduce((sum, { text }) => sum + text.length, 0);
    this.#dropped = 0;
    this.#revision += 1;
    this.#changed();
  }

  /** Drops the oldest entries above the limits, but never the newest entry. */
  #dropOldest(): void {
    const count = this.#entries.length;
    let gone = 0;
    while (gone < count - 1 && (count - gone > logLimits.entries || this.#characters > logLimits.characters)) {
      this.#characters -= this.#entries[gone]?.text.length ?? 0;
      gone += 1;
    }
    this.#entries.splice(0, gone);
    this.#dropped += gone;
  }

  #changed(): void {
    if (!this.#scheduled) {
      this.#scheduled = true;
      this.#schedule(() => this.#publish());
    }
  }

  #publish(): void {
    this.#scheduled = false;
    this.#dropOldest();
    this.set({
      entries: [...this.#entries],
      dropped: this.#dropped,
      revision: this.#revision,
      cleared: this.#cleared.length,
    });
  }
}

/** Returns the entry with a new id. A reply keeps the connection to its request only if the request has a new id, too. */
function renumbered(entry: Entry, ids: ReadonlyMap<number, number>): Entry {
  const id = ids.get(entry.id) ?? 0;
  if (entry.direction !== 'received' || !entry.request) {
    return { ...entry, id };
  }
  return { ...entry, id, request: { ...entry.request, id: ids.get(entry.request.id) ?? 0 } };
}
