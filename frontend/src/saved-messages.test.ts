import { beforeEach, describe, expect, it, vi } from 'vitest';
import { deleteMessage, maxSaved, renameMessage, savedMessages, saveMessage } from './saved-messages';

beforeEach(() => localStorage.removeItem('saved'));

const names = (user = 'alice') => savedMessages(user).map(({ name }) => name);

describe('saved messages', () => {
  it('are sorted by name, replaced by the same name, renamed and deleted', () => {
    expect(saveMessage('alice', 'b', '1')).toBeUndefined();
    expect(saveMessage('alice', ' a ', '2')).toBeUndefined();
    expect(saveMessage('alice', 'b', '3')).toBeUndefined();
    expect(savedMessages('alice')).toEqual([
      { name: 'a', text: '2' },
      { name: 'b', text: '3' },
    ]);
    expect(renameMessage('alice', 'a', 'c')).toBeUndefined();
    expect(names()).toEqual(['b', 'c']);
    deleteMessage('alice', 'b');
    deleteMessage('alice', 'not there');
    expect(names()).toEqual(['c']);
  });

  it('of one user are not shown to another, and five users are kept', () => {
    for (const user of ['u1', 'u2', 'u3', 'u4', 'u5', 'u6']) {
      saveMessage(user, `of ${user}`, 'x');
    }
    expect(names('u6')).toEqual(['of u6']);
    expect(names('u1')).toEqual([]);
    expect(names('')).toEqual([]);
  });

  it.each([
    ['', 'x', 'needs a name'],
    ['   ', 'x', 'needs a name'],
    ['long', 'x'.repeat(9000), 'has 9000 characters'],
  ])('are refused with the reason: %j', (name, text, reason) => {
    expect(saveMessage('alice', name, text)).toContain(reason);
  });

  it('are limited in number, but can still be replaced', () => {
    for (let i = 0; i < maxSaved; i++) {
      saveMessage('alice', `${i}`, 'x');
    }
    expect(saveMessage('alice', 'more', 'x')).toContain('Delete one');
    expect(saveMessage('alice', '7', 'y')).toBeUndefined();
    expect(names()).toHaveLength(maxSaved);
  });

  it('keep their name if the new one is empty or taken', () => {
    saveMessage('alice', 'a', '1');
    saveMessage('alice', 'b', '2');
    expect(renameMessage('alice', 'a', 'b')).toContain('Another saved message has the name "b"');
    expect(renameMessage('alice', 'a', ' ')).toContain('needs a name');
    expect(renameMessage('alice', 'a', 'a')).toBeUndefined();
    expect(names()).toEqual(['a', 'b']);
  });

  it.each(['nonsense', '{}', 'null', '[1,null,["alice"],["alice",[1,{"name":1}]]]'])(
    'do not mind %j from somebody else',
    (text) => {
      localStorage.setItem('saved', text);
      expect(savedMessages('alice')).toEqual([]);
      expect(saveMessage('alice', 'a', '1')).toBeUndefined();
    },
  );

  it('report blocked storage', () => {
    vi.spyOn(globalThis, 'localStorage', 'get').mockImplementation(() => {
      throw new DOMException('denied', 'SecurityError');
    });
    expect(savedMessages('alice')).toEqual([]);
    expect(saveMessage('alice', 'a', '1')).toContain('blocks the storage');
  });
});
