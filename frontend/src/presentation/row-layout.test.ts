import { describe, expect, it } from 'vitest';
import { equalRows, unequalRows, visibleRows } from './row-layout';

describe('visibleRows', () => {
  it.each([
    ['an empty list', 0, 0, { start: 0, end: 0 }],
    ['fewer rows than fit', 5, 0, { start: 0, end: 5 }],
    ['the beginning', 10_000, 0, { start: 0, end: 23 }],
    ['the middle', 10_000, 28 * 5000 + 3, { start: 4988, end: 5023 }],
    ['the end', 10_000, 28 * 10_000 - 280, { start: 9978, end: 10_000 }],
    ['beyond the end', 10_000, Number.MAX_SAFE_INTEGER, { start: 9978, end: 10_000 }],
    ['before the beginning, where a phone scrolls for a moment', 10_000, -80, { start: 0, end: 23 }],
  ])('returns the rows for %s', (_, count, top, rows) => {
    expect(visibleRows(equalRows(count, 28), top, 280)).toEqual(rows);
    expect(visibleRows(unequalRows(Array(count).fill(28)), top, 280), 'unequal rows').toEqual(rows);
  });

  it('covers the box with rows of different heights', () => {
    const layout = unequalRows(Array.from({ length: 500 }, (_, index) => 20 + (index % 7) * 18));
    expect([layout.top(1), layout.top(2), layout.top(3)]).toEqual([20, 58, 114]);
    for (let top = 0; top <= layout.top(500) - 400; top += 333) {
      const { start, end } = visibleRows(layout, top, 400);
      expect(layout.top(start)).toBeLessThanOrEqual(top);
      expect(layout.top(end)).toBeGreaterThanOrEqual(top + 400);
    }
  });
});
