import { expect, it } from 'vitest';
import { firstHeight, heightAfter, heightAt } from './height';

it.each([
  ['ArrowUp', 40, 42],
  ['ArrowUp', 84, 85],
  ['ArrowDown', 40, 38],
  ['ArrowDown', 15, 15],
  ['PageUp', 40, 50],
  ['PageDown', 20, 15],
  ['Home', 40, 15],
  ['End', 40, 85],
  ['Enter', 40, undefined],
])('%s changes the height %i to %s', (key, before, after) => {
  expect(heightAfter(key, before)).toBe(after);
});

it.each([
  [500, 1000, 50],
  [-20, 1000, 85],
  [1200, 1000, 15],
  [333, 650, 49],
])('the edge at %i of %i pixels makes the height %i percent', (y, windowHeight, height) => {
  expect(heightAt(y, windowHeight)).toBe(height);
});

it.each([
  [1440, 45],
  [900, 45],
  [650, 36],
  [400, 15],
])('in a window of %i pixels the drawer opens with %i percent', (windowHeight, height) => {
  expect(firstHeight(windowHeight)).toBe(height);
});
