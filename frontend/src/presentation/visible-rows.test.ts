import { expect, it } from 'vitest';
import { visibleRows } from './visible-rows';

it.each([
  ['an empty list', 0, 0, { start: 0, end: 0 }],
  ['fewer rows than fit', 5, 0, { start: 0, end: 5 }],
  ['the beginning', 10_000, 0, { start: 0, end: 23 }],
  ['the middle', 10_000, 28 * 5000 + 3, { start: 4988, end: 5023 }],
  ['the end', 10_000, 28 * 10_000 - 280, { start: 9977, end: 10_000 }],
  ['beyond the end', 10_000, Number.MAX_SAFE_INTEGER, { start: 9977, end: 10_000 }],
  ['before the beginning, where a phone scrolls for a moment', 10_000, -80, { start: 0, end: 23 }],
])('returns the rows for %s', (_, count, top, rows) => {
  expect(visibleRows(count, top, 280, 28)).toEqual(rows);
});
