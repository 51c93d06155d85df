import { beforeEach, expect, it, vi } from 'vitest';
import { forgetSent, remember, sentBefore } from './history';

beforeEach(() => sessionStorage.clear());

it('keeps the newest first, each once, and not too many', () => {
  remember('a');
  remember('b');
  expect(remember('a')).toEqual(['a', 'b']);
  expect(sentBefore()).toEqual(['a', 'b']);
  for (let i = 0; i < 40; i++) {
    remember(`${i}`);
  }
  expect(sentBefore()).toHaveLength(30);
  forgetSent();
  expect(sentBefore()).toEqual([]);
});

it('does not keep what is empty or very long', () => {
  remember('');
  remember('x'.repeat(10_000));
  expect(sentBefore()).toEqual([]);
});

it.each(['nonsense', '{}', '[1,null]'])('does not mind %j from somebody else', (text) => {
  sessionStorage.setItem('sent', text);
  expect(sentBefore()).toEqual([]);
});

it('does without a storage', () => {
  vi.spyOn(globalThis, 'sessionStorage', 'get').mockImplementation(() => {
    throw new DOMException('denied', 'SecurityError');
  });
  expect(remember('a')).toEqual(['a']);
  forgetSent();
});
