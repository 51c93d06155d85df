/** A publication in the list of a channel. */
export type Publication = {
  readonly kind: 'publication';
  /** Ascending in the order of arrival. Publications from the history have ids below those of all others. */
  readonly id: number;
  /** The number of the gap, where messages were missed, after which it stands; 0: before the first one. */
  readonly gap: number;
  /** The epoch of its offset: a channel that the server has forgotten starts another one. */
  readonly epoch: string | undefined;
  /** When this page received it, in Unix milliseconds; undefined if it comes from the history. */
  readonly at: number | undefined;
  /** Its position in the history; undefined if the channel has none. */
  readonly offset: number | undefined;
  /** The name of the user; undefined: a backend. */
  readonly publisher: string | undefined;
  /** Whether this page published it. */
  readonly mine: boolean;
  /** The data: a text as it is, other data as JSON. */
  readonly text: string;
};

/** An event of the subscription in the list of a channel. */
export type Note = {
  readonly kind: 'note';
  readonly id: number;
  readonly gap: number;
  /** In Unix milliseconds. */
  readonly at: number;
  readonly tone: 'calm' | 'good' | 'bad';
  readonly text: string;
};

export type Line = Publication | Note;

/** The largest number of lines after which the oldest are dropped when a new one comes. */
const maxLines = 1000;

/** Adds a line at the end. It drops the oldest lines if there are too many. */
export function append(lines: readonly Line[], line: Line): readonly Line[] {
  return [...lines.slice(Math.max(0, lines.length + 1 - maxLines)), line];
}

/** Adds publications of the history, in ascending order, before the first line after a gap. */
export function insertOlder(lines: readonly Line[], older: readonly Publication[], gap: number): readonly Line[] {
  const found = lines.findIndex((line) => line.gap === gap);
  return lines.toSpliced(found < 0 ? lines.length : found, 0, ...older);
}

/** Returns the lowest offset of the publications after a gap, or undefined if there is none. */
export function oldestOffset(lines: readonly Line[], gap: number): number | undefined {
  const oldest = lines.find((line) => line.kind === 'publication' && line.gap === gap && line.offset !== undefined);
  return oldest?.kind === 'publication' ? oldest.offset : undefined;
}

/** Returns whether the publication is in the list. */
export function hasOffset(lines: readonly Line[], epoch: string | undefined, offset: number): boolean {
  return lines.some((line) => line.kind === 'publication' && line.offset === offset && line.epoch === epoch);
}
