import { maxMarks, type Range } from './matcher';
import { compile, type Program } from './pattern-program';

/** The largest number of steps for the marks of one text. */
const maxSteps = 2_000_000;

/** The active states of the program at one position, in order, each with the start of its match. */
type Threads = { readonly at: number[]; readonly start: number[] };

/**
 * A regular expression that takes a time proportional to the length of the text, unlike RegExp, which can take
 * exponential time. It follows all paths through the expression at once. Of the matches with the same start, it finds the
 * longest. It supports neither lookaround nor backreferences.
 */
export class Pattern {
  readonly #program: Program;
  readonly #seen: Uint32Array;
  #mark = 0;
  #steps = 0;

  /** Throws an Error with a sentence for the user if the source is not a regular expression. Flags: g, i, m and s. */
  constructor(source: string, flags = '') {
    this.#program = compile(source, flags);
    this.#seen = new Uint32Array(this.#program.length);
  }

  /** Returns whether a part of the text matches. */
  test(text: string): boolean {
    return this.#find(text, 0, true) !== undefined;
  }

  /** Returns the matches in a text that are not empty, in order. It stops at a limit of matches and of time. */
  matches(text: string): readonly Range[] {
    const ranges: Range[] = [];
    this.#steps = 0;
    for (let from = 0; from < text.length && ranges.length < maxMarks && this.#steps < maxSteps; ) {
      const range = this.#find(text, from, false);
      if (!range) {
        break;
      }
      if (range.end > range.start) {
        ranges.push(range);
      }
      from = Math.max(range.end, range.start + 1);
    }
    return ranges;
  }

  /** Returns the leftmost match from a position on. If any match is enough, it is the first one that ends. */
  #find(text: string, from: number, any: boolean): Range | undefined {
    let found: Range | undefined;
    let now: Threads = { at: [], start: [] };
    for (let position = from; position <= text.length; position++) {
      this.#mark += 1;
      const next: Threads = { at: [], start: [] };
      for (let index = 0; index < now.at.length; index++) {
        this.#add(next, now.at[index] ?? 0, now.start[index] ?? 0, { text, position });
      }
      if (!found) {
        this.#add(next, 0, position, { text, position });
      }
      const end = next.at.findIndex((state) => this.#program[state]?.kind === 'match');
      const start = next.start[end];
      if (start !== undefined && (!found || start <= found.start)) {
        found = { start, end: position };
        if (any) {
          return found;
        }
      }
      now = this.#step(next, text.charCodeAt(position), found);
      if (found && now.at.length === 0) {
        break;
      }
    }
    return found;
  }

  /** Returns the states after a character. Once there is a match, states with a later start are of no use. */
  #step(threads: Threads, code: number, found: Range | undefined): Threads {
    const after: Threads = { at: [], start: [] };
    threads.at.forEach((state, index) => {
      const instruction = this.#program[state];
      const start = threads.start[index] ?? 0;
      if (instruction?.kind === 'character' && (!found || start <= found.start) && instruction.accepts(code)) {
        after.at.push(state + 1);
        after.start.push(start);
      }
    });
    this.#steps += threads.at.length;
    return after;
  }

  /** Adds a state, and all states that it reaches without a character. */
  #add(threads: Threads, first: number, start: number, place: { text: string; position: number }): void {
    const open = [first];
    for (let state = open.pop(); state !== undefined; state = open.pop()) {
      const instruction = this.#program[state];
      if (!instruction || this.#seen[state] === this.#mark) {
        continue;
      }
      this.#seen[state] = this.#mark;
      if (instruction.kind === 'jump') {
        open.push(...instruction.to);
      } else if (instruction.kind === 'position') {
        if (instruction.holds(place.text, place.position)) {
          open.push(state + 1);
        }
      } else {
        threads.at.push(state);
        threads.start.push(start);
      }
    }
  }
}
