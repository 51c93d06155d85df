import { expect, it } from 'vitest';
import { utf8Length } from './bytes';

it.each([
  '',
  'a',
  'é',
  'Grüezi',
  '€',
  '🚪',
  'a🚪b',
  '\ud83d',
  '\udeaa',
  '\udeaa\ud83d',
  '\ud83d\ud83d\udeaa',
  '\u07ff\u0800',
])('counts the bytes of %j as the encoder does', (text) => {
  expect(utf8Length(text)).toBe(new TextEncoder().encode(text).length);
});
