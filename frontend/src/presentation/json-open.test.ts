import { describe, expect, it } from 'vitest';
import { ancestorsOf, findHits, openLevels } from './json-open';

describe('openLevels', () => {
  it.each<[unknown, number, string[]]>([
    [{ a: { b: { c: 1 } }, d: [] }, 100, ['', '/a', '/a/b']],
    [{ a: { b: { c: 1 } } }, 2, ['', '/a'].slice(0, 1)],
    [Array(500).fill({ x: 1 }), 200, ['']],
    [{ 'a/b': { '~': [1] } }, 100, ['', '/a~1b', '/a~1b/~0']],
    [{}, 100, []],
  ])('of %j with %i lines are %j', (value, lines, open) => {
    expect([...openLevels(value, lines)]).toEqual(open);
  });
});

describe('ancestorsOf', () => {
  it('returns everything that contains a pointer', () => {
    expect([...ancestorsOf(['/a/0/b', '/c', ''])].toSorted()).toEqual(['', '/a', '/a/0']);
  });
});

describe('findHits', () => {
  it('finds names and values, but no index', () => {
    const value = { needle: 1, list: ['a', 'a needle', { x: { needle: [] } }] };
    expect(findHits(value, (text) => text.includes('needle'))).toEqual(['/needle', '/list/1', '/list/2/x/needle']);
    expect(findHits(value, (text) => text.includes('1'))).toEqual(['/needle']);
  });

  it('stops in time in a very large value', () => {
    expect(findHits(Array(200_000).fill('x'), () => true).length).toBeLessThanOrEqual(50_000);
  });
});
