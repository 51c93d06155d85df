/** A regular expression as a tree. `source` is its text, such as "[a-z]" or "\d". */
export type Node =
  | { readonly kind: 'character'; readonly source: string }
  | { readonly kind: 'position'; readonly source: string }
  | { readonly kind: 'sequence'; readonly parts: readonly Node[] }
  | { readonly kind: 'choice'; readonly parts: readonly Node[] }
  | { readonly kind: 'repeat'; readonly part: Node; readonly least: number; readonly most: number };

/** The largest number of characters of a regular expression, so that groups cannot be nested too deeply. */
const maxLength = 1000;

/** Parses a regular expression. It throws an Error with a sentence for the user. */
export function parse(source: string, flags: string): Node {
  if (source.length > maxLength) {
    throw new Error(`This regular expression is longer than ${maxLength} characters.`);
  }
  try {
    new RegExp(source, flags.replaceAll(/[^ims]/g, ''));
  } catch (error) {
    throw new Error(`${reasonOf(error)}.`);
  }
  return new Parser(source).choice();
}

/** Returns "Unterminated group" for "Invalid regular expression: /(/: Unterminated group". */
function reasonOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return `This is not a regular expression: ${text.slice(text.lastIndexOf('/') + 1).replace(/^\w*: /, '')}`;
}

/** Parses a source that RegExp accepts. */
class Parser {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  choice(): Node {
    const parts = [this.#sequence()];
    while (this.#take(/\|/y)) {
      parts.push(this.#sequence());
    }
    const [only] = parts;
    return only && parts.length === 1 ? only : { kind: 'choice', parts };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    while (this.#at < this.#source.length && !/[|)]/.test(this.#source.charAt(this.#at))) {
      parts.push(this.#repeat(this.#part()));
    }
    return { kind: 'sequence', parts };
  }

  #part(): Node {
    const position = this.#take(/\^|\$|\\[bB]/y);
    if (position) {
      return { kind: 'position', source: position };
    }
    if (this.#take(/\((?:\?:|\?<[^=!>]+>|(?!\?))/y)) {
      const inside = this.choice();
      this.#take(/\)/y);
      return inside;
    }
    if (this.#take(/\(\?/y)) {
      throw new Error('A filter can use the groups (…), (?:…) and (?<name>…), but no other group that begins with (?.');
    }
    if (this.#take(/\\(?:[1-9]|k<)/y)) {
      throw new Error('A filter cannot use references to groups, such as \\1.');
    }
    const character = this.#take(/\[(?:\\.|[^\]\\])*\]|\\(?:x[\da-fA-F]{2}|u[\da-fA-F]{4}|c[a-zA-Z]|[\s\S])|[\s\S]/y);
    return { kind: 'character', source: escaped(character ?? '') };
  }

  #repeat(part: Node): Node {
    const sign = this.#take(/[*+?]\??|\{\d+(?:,\d*)?\}\??/y);
    if (!sign) {
      return part;
    }
    const [least = 0, most = least] = bounds(sign);
    return { kind: 'repeat', part, least, most };
  }

  #take(expression: RegExp): string | undefined {
    expression.lastIndex = this.#at;
    const found = expression.exec(this.#source)?.[0];
    this.#at += found?.length ?? 0;
    return found;
  }
}

/** Outside a class, a lone brace is the character itself. */
function escaped(source: string): string {
  return /^[{}\]/]$/.test(source) ? `\\${source}` : source;
}

function bounds(sign: string): readonly number[] {
  const all = Number.POSITIVE_INFINITY;
  const [least, comma, most] = /^\{(\d+)(,?)(\d*)\}/.exec(sign)?.slice(1) ?? [];
  if (least !== undefined) {
    const from = Number(least);
    return [from, comma === '' ? from : most === '' ? all : Number(most)];
  }
  return sign.startsWith('*') ? [0, all] : sign.startsWith('+') ? [1, all] : [0, 1];
}
