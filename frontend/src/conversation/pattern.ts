import { RE2JS, RE2JSSyntaxException } from 're2js';
import { maxMarks, type Range } from './matcher';

/** The longest source, in characters. */
const maxSource = 1000;

const flagOf: Readonly<Record<string, number>> = {
  g: 0,
  i: RE2JS.CASE_INSENSITIVE,
  m: RE2JS.MULTILINE,
  s: RE2JS.DOTALL,
};

/**
 * A regular expression that takes a time proportional to the length of the text, unlike RegExp, which can take
 * exponential time and freeze the page. It supports neither lookaround nor backreferences.
 */
export class Pattern {
  readonly #expression: RE2JS;

  /** Throws an Error with a sentence for the user if the source is not a regular expression. Flags: g, i, m and s. */
  constructor(source: string, flags = '') {
    if (source.length > maxSource) {
      throw new Error(`The regular expression is longer than ${maxSource} characters.`);
    }
    const bits = Array.from(flags, (flag) => flagOf[flag] ?? 0).reduce((all, bit) => all | bit, 0);
    try {
      this.#expression = RE2JS.compile(source, bits);
    } catch (error) {
      if (!(error instanceof RE2JSSyntaxException)) {
        throw error;
      }
      throw new Error(
        `The regular expression has a mistake: ${error.getDescription()}, at ${error.getPattern()}. Lookaround and references to groups are not supported.`,
        { cause: error },
      );
    }
  }

  /** Returns whether a part of the text matches. */
  test(text: string): boolean {
    return this.#expression.test(text);
  }

  /** Returns the matches in a text that are not empty, in order. It stops at a limit of matches. */
  matches(text: string): readonly Range[] {
    const ranges: Range[] = [];
    const matcher = this.#expression.matcher(text);
    while (ranges.length < maxMarks && matcher.find()) {
      const range = { start: matcher.start(), end: matcher.end() };
      if (range.end > range.start) {
        ranges.push(range);
      }
    }
    return ranges;
  }
}
