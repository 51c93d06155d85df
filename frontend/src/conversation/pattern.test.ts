import { describe, expect, it } from 'vitest';
import { randomOf } from '../testing/random';
import { Pattern } from './pattern';

describe('Pattern', () => {
  it.each<[string, string, string, boolean]>([
    ['a', '', 'cat', true],
    ['A', '', 'cat', false],
    ['A', 'i', 'cat', true],
    ['^cat$', '', 'cat', true],
    ['^at', '', 'cat', false],
    ['^b', 'm', 'a\nb', true],
    ['a.b', '', 'a\nb', false],
    ['a.b', 's', 'a\nb', true],
    ['\\bcat\\b', '', 'a cat.', true],
    ['\\Bat', '', 'at', false],
    ['"order":"A-\\d{4}"', '', '{"order":"A-1001"}', true],
    ['"order":"A-\\d{5,}"', '', '{"order":"A-1001"}', false],
    ['colou?r|grey', '', 'grey', true],
    ['(?:ab)+c', '', 'ababc', true],
    ['(?<year>\\d+)-', '', '2026-', true],
    ['[^\\]a-c]', '', 'abc]', false],
    ['{"a"', '', '{"a":1}', true],
    ['a{,2}', '', 'a{,2}', true],
    ['(a*)*b', '', 'aab', true],
    ['Ü', 'i', 'grüezi', true],
    ['', '', '', true],
  ])('/%s/%s in %j: %s', (source, flags, text, wanted) => {
    expect(new Pattern(source, flags).test(text)).toBe(wanted);
    expect(new RegExp(source, flags).test(text), 'the same as RegExp').toBe(wanted);
  });

  it.each([
    ['(', 'missing closing ), at ('],
    ['[a', 'missing closing ], at [a'],
    ['*', 'missing argument to repetition operator, at *'],
    ['a{3,1}', 'invalid repeat count, at {3,1}'],
    ['(?=a)', 'invalid or unsupported Perl syntax, at (?='],
    ['(?<!a)', 'Lookaround and references to groups are not supported.'],
    ['(a)\\1', 'invalid escape sequence, at \\1'],
    ['(((a{50}){50}){50})', 'invalid repeat count'],
    ['a'.repeat(1001), 'longer than 1000 characters'],
  ])('refuses /%s/ with the reason', (source, reason) => {
    expect(() => new Pattern(source)).toThrow(reason);
  });

  it.each(['(a+)+$', '^(a|a)*$', '(.*)*(.*)*x', 'a*a*a*a*a*a*b'])('/%s/ does not freeze the page', (source) => {
    // RegExp would need longer than the age of the universe for some of these.
    expect(new Pattern(source).test(`${'a'.repeat(20_000)}!`)).toBe(false);
  });

  it('returns the matches of RegExp, without overlap and without empty ones', () => {
    const found = (source: string, text: string) =>
      new Pattern(source).matches(text).map(({ start, end }) => text.slice(start, end));
    expect(found('\\d+', 'a1 22 333')).toEqual(['1', '22', '333']);
    expect(found('a|ab|abc', 'abcab')).toEqual(['a', 'a']);
    expect(found('x*', 'axxa')).toEqual(['xx']);
    expect(found('b', 'aaa')).toEqual([]);
    expect(found('.', 'x'.repeat(5000))).toHaveLength(500);
  });

  it('agrees with RegExp on random expressions and texts', () => {
    const { integer, pick } = randomOf(7);
    const atoms = ['a', 'b', 'c', '.', '[ab]', '[^a]', '\\w', '\\b', '^', '$'] as const;
    const make = (depth: number): string => {
      const part = depth > 0 && integer(3) === 0 ? `(${make(depth - 1)})` : pick(atoms);
      const sign = /^(\\b|\^|\$)$/.test(part) ? '' : pick(['', '', '', '*', '+', '?', '{2}', '{1,2}'] as const);
      const more = integer(3) > 0 ? make(depth) : '';
      return `${part}${sign}${pick(['', '', '', '|'] as const)}${more}`;
    };
    for (let round = 0; round < 1500; round++) {
      const source = make(2).slice(0, 60);
      const text = Array.from({ length: integer(8) }, () => pick(['a', 'b', 'c', ' '] as const)).join('');
      let expected: boolean;
      try {
        expected = new RegExp(source).test(text);
      } catch {
        continue; // cut in the middle
      }
      expect(new Pattern(source).test(text), `/${source}/ in "${text}"`).toBe(expected);
    }
  });
});
