import { type Node, parse } from './pattern-syntax';

/** One instruction. Without a jump, the next instruction follows. */
export type Instruction =
  | { readonly kind: 'character'; readonly accepts: (code: number) => boolean }
  | { readonly kind: 'position'; readonly holds: (text: string, position: number) => boolean }
  | { readonly kind: 'jump'; readonly to: number[] }
  | { readonly kind: 'match' };

/** A compiled regular expression: it begins with the first instruction. */
export type Program = readonly Instruction[];

/** The largest number of instructions. */
const maxLength = 2000;

/** Compiles a regular expression. It throws an Error with a sentence for the user. */
export function compile(source: string, flags: string): Program {
  const program: Instruction[] = [];
  emit(program, parse(source, flags), flags);
  program.push({ kind: 'match' });
  return program;
}

function emit(program: Instruction[], node: Node, flags: string): void {
  if (program.length > maxLength) {
    throw new Error('This regular expression is too large. Use smaller numbers of repetitions.');
  }
  switch (node.kind) {
    case 'character':
      program.push({ kind: 'character', accepts: acceptor(node.source, flags) });
      break;
    case 'position':
      program.push({ kind: 'position', holds: positions(node.source, flags.includes('m')) });
      break;
    case 'sequence':
      for (const part of node.parts) {
        emit(program, part, flags);
      }
      break;
    case 'choice':
      emitChoice(program, node.parts, flags);
      break;
    case 'repeat':
      emitRepeat(program, node, flags);
      break;
  }
}

function emitChoice(program: Instruction[], parts: readonly Node[], flags: string): void {
  const fork: number[] = [];
  program.push({ kind: 'jump', to: fork });
  const exits: number[][] = [];
  for (const part of parts) {
    fork.push(program.length);
    emit(program, part, flags);
    const exit: number[] = [];
    program.push({ kind: 'jump', to: exit });
    exits.push(exit);
  }
  for (const exit of exits) {
    exit.push(program.length);
  }
}

function emitRepeat(program: Instruction[], node: Extract<Node, { kind: 'repeat' }>, flags: string): void {
  const { part, least, most } = node;
  const before = program.length;
  for (let count = 0; count < least; count++) {
    emit(program, part, flags);
    if (program.length === before) {
      return; // the part is empty, and so are its repetitions
    }
  }
  if (most === Number.POSITIVE_INFINITY) {
    const start = program.length;
    const fork = [start + 1];
    program.push({ kind: 'jump', to: fork });
    emit(program, part, flags);
    program.push({ kind: 'jump', to: [start] });
    fork.push(program.length);
    return;
  }
  const forks: number[][] = [];
  for (let count = least; count < most; count++) {
    const fork = [program.length + 1];
    program.push({ kind: 'jump', to: fork });
    forks.push(fork);
    emit(program, part, flags); // it throws if the program is too large
  }
  for (const fork of forks) {
    fork.push(program.length);
  }
}

/** Returns a function that checks one UTF-16 code unit. RegExp itself decides, and its answers for ASCII are kept. */
function acceptor(source: string, flags: string): (code: number) => boolean {
  const expression = new RegExp(`^(?:${source})$`, flags.replaceAll(/[^is]/g, ''));
  const test = (code: number) => expression.test(String.fromCharCode(code));
  const ascii = Array.from({ length: 128 }, (_, code) => test(code));
  return (code) => ascii[code] ?? (code >= 128 && test(code)); // NaN, after the end, is refused
}

function positions(source: string, lines: boolean): (text: string, position: number) => boolean {
  switch (source) {
    case '^':
      return (text, at) => at === 0 || (lines && isLineEnd(text, at - 1));
    case '$':
      return (text, at) => at === text.length || (lines && isLineEnd(text, at));
    case '\\b':
      return (text, at) => isWord(text, at - 1) !== isWord(text, at);
    default:
      return (text, at) => isWord(text, at - 1) === isWord(text, at);
  }
}

function isLineEnd(text: string, at: number): boolean {
  return /[\n\r\u2028\u2029]/.test(text.charAt(at));
}

function isWord(text: string, at: number): boolean {
  return /\w/.test(text.charAt(at));
}
