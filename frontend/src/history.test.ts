import { expect, it, vi } from 'vitest';
import { deleteSent, remember, sentMessages } from './history';

it('keeps up to 30 messages, newest first, without duplicates', () => {
  remember('alice', 'a');
  remember('alice', 'b');
  expect(remember('alice', 'a')).toEqual(['a', 'b']);
  expect(sentMessages('alice')).toEqual(['a', 'b']);
  for (let i = 0; i < 40; i++) {
    remember('alice', `${i}`);
  }
  expect(sentMessages('alice')).toHaveLength(30);
  deleteSent();
  expect(sentMessages('alice')).toEqual([]);
});

it('does not keep an empty or a very long message', () => {
  remember('alice', '');
  remember('alice', 'x'.repeat(10_000));
  expect(sentMessages('alice')).toEqual([]);
});

it.each(['nonsense', '{}', 'null', '[1,null]', '["a"]', '{"user":"alice"}', '{"user":"alice","list":[1,null]}'])(
  'does not mind %j from somebody else',
  (text) => {
    sessionStorage.setItem('sent', text);
    expect(sentMessages('alice')).toEqual([]);
  },
);

it("shows one user nothing of another's, and forgets it when the other sends", () => {
  remember('alice', 'secret of alice');
  expect(sentMessages('bob')).toEqual([]);
  expect(sentMessages('')).toEqual([]);
  expect(sentMessages('alice')).toEqual(['secret of alice']);
  expect(remember('bob', 'b')).toEqual(['b']);
  expect(sentMessages('alice')).toEqual([]);
  expect(JSON.stringify(sessionStorage)).not.toContain('secret of alice');
});

it('works without storage', () => {
  vi.spyOn(globalThis, 'sessionStorage', 'get').mockImplementation(() => {
    throw new DOMException('denied', 'SecurityError');
  });
  expect(remember('alice', 'a')).toEqual(['a']);
  deleteSent();
});
