import { expect, it } from 'vitest';
import { eventHash, eventOf } from './event-link';

it('eventOf reads the hash of an event', () => {
  expect(eventOf(eventHash(12))).toBe(12);
});

it.each([
  '',
  '#',
  '#event-',
  '#event-x',
  '#event--1',
  '#event-1.5',
  '#event-12#',
  '#event-1e3',
  '#event-9999999999999999',
])('eventOf returns undefined for %j', (hash) => {
  expect(eventOf(hash)).toBeUndefined();
});
