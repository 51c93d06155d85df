import { Pattern } from './pattern';

/** One step of a path: to the child with a key, or to all children. `deep`: also from everything inside. */
export type Step = { readonly key: string | number | undefined; readonly deep: boolean };

/** Returns whether a value fulfils the comparison. */
export type Condition = (value: unknown) => boolean;

const name = /[\p{L}_$][\p{L}\p{N}_$-]*/uy;

/** Parses a path with an optional comparison. It throws an Error that names the position of the first mistake. */
export function parsePath(text: string): {
  readonly steps: readonly Step[];
  readonly condition: Condition | undefined;
} {
  let at = 0;
  const take = (expression: RegExp): string | undefined => {
    expression.lastIndex = at;
    const found = expression.exec(text)?.[0];
    at += found?.length ?? 0;
    return found;
  };
  const fail = (expected: string): never => {
    const here = at < text.length ? `not "${text.slice(at, at + 12)}"` : 'not the end';
    throw new Error(`The path needs ${expected} at character ${at + 1}, ${here}. Example: $.data.items[0].count >= 3`);
  };
  const steps: Step[] = [];
  take(/\s*\$/y) ?? fail('$');
  for (let sign = take(/\.\.|\.|\[/y); sign !== undefined; sign = take(/\.\.|\.|\[/y)) {
    const bracket = sign === '[' || (sign === '..' && take(/\[/y) !== undefined);
    const word = take(/\*/y) ?? (bracket ? take(bracketKey) : take(name)) ?? fail(keyKinds(bracket));
    steps.push({ key: word === '*' ? undefined : bracket ? keyOf(word) : word, deep: sign === '..' });
    if (bracket) {
      take(/\s*\]/y) ?? fail(']');
    }
  }
  take(/\s*/y);
  if (at === text.length) {
    return { steps, condition: undefined };
  }
  const operator = take(/==|!=|<=|>=|=~|<|>|=/y) ?? fail('one of . [ == != < <= > >= =~');
  return { steps, condition: condition(operator, text.slice(at).trim()) };
}

const bracketKey = /\s*(?:-?\d+|'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")/y;

function keyKinds(bracket: boolean): string {
  return bracket ? `an index, a name in quotes or *` : 'a name or *';
}

function keyOf(word: string): string | number {
  const text = word.trim();
  return /^-?\d/.test(text) ? Number(text) : text.slice(1, -1).replaceAll(/\\(.)/g, '$1');
}

/** Returns the condition. A text without quotes is a string, as it is easy to forget the quotes. */
function condition(operator: string, right: string): Condition {
  if (right === '') {
    throw new Error(`The comparison ${operator} needs a value after it, such as 3, "text", true or null.`);
  }
  if (operator === '=~') {
    const [, source, flags] = /^\/(.*)\/([gims]*)$/s.exec(right) ?? ['', right, ''];
    const pattern = new Pattern(source ?? '', flags);
    return (value) => (typeof value === 'string' || typeof value === 'number') && pattern.test(`${value}`);
  }
  const wanted = literal(right);
  switch (operator) {
    case '!=':
      return (value) => !isEqual(value, wanted);
    case '==':
    case '=':
      return (value) => isEqual(value, wanted);
    default:
      return (value) => isOrdered(value, operator, wanted);
  }
}

function literal(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text.replace(/^'(.*)'$/s, '$1');
  }
}

function isEqual(a: unknown, b: unknown): boolean {
  return a === b || (typeof a === 'object' && typeof b === 'object' && JSON.stringify(a) === JSON.stringify(b));
}

/** Compares two numbers, or two strings. Other values are not ordered. */
function isOrdered(value: unknown, operator: string, wanted: unknown): boolean {
  const numbers = typeof value === 'number' && typeof wanted === 'number';
  if (!numbers && !(typeof value === 'string' && typeof wanted === 'string')) {
    return false;
  }
  const [a, b] = [value, wanted] as readonly [number, number];
  switch (operator) {
    case '<':
      return a < b;
    case '<=':
      return a <= b;
    case '>':
      return a > b;
    default:
      return a >= b;
  }
}
