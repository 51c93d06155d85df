/** A part of a text, from `start` up to but not including `end`. */
export type Range = { readonly start: number; readonly end: number };

/** The condition of a filter. */
export type Matcher = {
  /** Returns whether the text of an entry matches. */
  readonly matches: (text: string) => boolean;
  /** Returns the parts of a text that match, in order and without overlap. There may be a limit to their number. */
  readonly marks: (text: string) => readonly Range[];
  /** Returns the JSON pointers of the values that match in a parsed text. A matcher of plain text has no such function. */
  readonly pointers?: (value: unknown) => ReadonlySet<string>;
};

/** The largest number of marks in one text. */
export const maxMarks = 500;

/** Returns the matcher of a part of a text, in upper or lower case. It accepts every text if the part is "". */
export function textMatcher(part: string): Matcher {
  const wanted = part.toLowerCase();
  return {
    matches: (text) => text.toLowerCase().includes(wanted),
    marks: (text) => (wanted === '' ? [] : occurrences(text, wanted)),
  };
}

function occurrences(text: string, wanted: string): readonly Range[] {
  const lower = text.toLowerCase();
  const ranges: Range[] = [];
  if (lower.length !== text.length) {
    return ranges; // a few letters have a longer lower case, so the positions differ
  }
  for (let at = lower.indexOf(wanted); at >= 0 && ranges.length < maxMarks; at = lower.indexOf(wanted, at)) {
    ranges.push({ start: at, end: at + wanted.length });
    at += wanted.length;
  }
  return ranges;
}
