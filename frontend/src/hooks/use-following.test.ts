import { describe, expect, it } from 'vitest';
import { noteEntry } from '../conversation/entry';
import { countAfter, droppedFrom } from './use-following';

const list = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => ({ ...noteEntry('', false), id: from + at, at: 0 }));

describe('droppedFrom', () => {
  it.each([
    ['nothing was dropped', list(1, 5), list(1, 9), 0],
    ['two were dropped', list(1, 5), list(3, 9), 2],
    ['all were dropped', list(1, 5), list(7, 9), 4],
    ['the log was empty', [], list(1, 3), 0],
    ['the log was cleared', list(1, 5), [], 0],
  ])('counts the dropped entries when %s', (_, old, now, count) => {
    expect(droppedFrom(old, now)).toBe(count);
  });
});

describe('countAfter', () => {
  it.each([
    [4, 0],
    [2, 2],
    [0, 4],
  ])('counts the entries after %i', (id, count) => {
    expect(countAfter(list(1, 5), id)).toBe(count);
  });
});
