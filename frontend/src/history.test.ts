import { expect, it, vi } from 'vitest';
import { forgetSent, remember, sentBefore } from './history';

it('keeps up to 30 messages, newest first, without duplicates', () => {
  remember('alice', 'a');
  remember('alice', 'b');
  expect(remember('alice', 'a')).toEqual(['a', 'b']);
  expect(sentBefore('alice')).toEqual(['a', 'b']);
  for (let i = 0; i < 40; i++) {
    remember('alice', `${i}`);
  }
  expect(sentBefore('alice')).toHaveLength(30);
  forgetSent();
  expect(sentBefore('alice')).toEqual([]);
});

it('does not keep an empty or a very long message', () => {
  remember('alice', '');
  remember('alice', 'x'.repeat(10_000));
  expect(sentBefore('alice')).toEqual([]);
});

it.each(['nonsense', '{}', 'null', '[1,null]', '["a"]', '{"user":"alice"}', '{"user":"alice","list":[1,null]}'])(
  'does not mind %j from somebody else',
  (text) => {
    sessionStorage.setItem('sent', text);
    expect(sentBefore('alice')).toEqual([]);
  },
);

it("shows one user nothing of another's, and forgets it when the other sends", () => {
  remember('alice', 'secret of alice');
  expect(sentBefore('bob')).toEqual([]);
  expect(sentBefore('')).toEqual([]);
  expect(sentBefore('alice')).toEqual(['secret of alice']);
  expect(remember('bob', 'b')).toEqual(['b']);
  expect(sentBefore('alice')).toEqual([]);
  expect(JSON.stringify(sessionStorage)).not.toContain('secret of alice');
});

it('works without storage', () => {
  vi.spyOn(globalThis, 'sessionStorage', 'get').mockImplementation(() => {
    throw new DOMException('denied', 'SecurityError');
  });
  expect(remember('alice', 'a')).toEqual(['a']);
  forgetSent();
});
