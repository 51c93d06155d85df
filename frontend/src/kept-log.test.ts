import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type Entry, noteEntry, receivedEntry, sentEntry } from './conversation/entry';
import { deleteLog, keepLog, takeLog } from './kept-log';

const entry = (id: number, text = `text ${id}`): Entry => ({
  ...receivedEntry(text, { kind: 'text', text }),
  id,
  at: 1000 + id,
});
const kept = () => JSON.stringify({ ...sessionStorage });

beforeEach(() => deleteLog());

describe('the kept log', () => {
  it('returns the entries once, and to their user only', () => {
    keepLog('alice', [{ ...noteEntry('Open', false), id: 1, at: 1 }, entry(2)]);
    expect(takeLog('bob')).toEqual([]);
    keepLog('alice', [entry(2)]);
    expect(takeLog('alice')).toMatchObject([{ id: 2, text: 'text 2', kind: 'text' }]);
    expect(takeLog('alice')).toEqual([]);
  });

  it('keeps up to 500 of the newest entries, and up to a million characters', () => {
    keepLog(
      'alice',
      Array.from({ length: 800 }, (_, id) => entry(id)),
    );
    const list = takeLog('alice');
    expect([list.length, list[0]?.id]).toEqual([500, 300]);
    keepLog(
      'alice',
      Array.from({ length: 20 }, (_, id) => entry(id, 'x'.repeat(120_000))),
    );
    expect(takeLog('alice')).toHaveLength(8);
    expect(kept().length).toBeLessThan(100);
  });

  it('marks a message that was still queued as dropped', () => {
    keepLog('alice', [{ ...sentEntry('x', 'queued'), id: 1, at: 1 }]);
    expect(takeLog('alice')).toMatchObject([{ outcome: 'dropped' }]);
  });

  it.each([
    ['a JWT', '{"any":"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.SECRET"}'],
    ['a JWT in broken JSON', '{"action":"refresh","token":"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0.SECRET'],
    ['an opaque token', '{"access_token":"SECRET"}'],
    ['an opaque token with escapes', '{"refreshToken" : "a\\"SECRET"}'],
    ['a ticket', '{"type":"t","data":{"ticket":"SECRET"}}'],
    ['a ticket as a subprotocol', 'sallyport.v1, ticket.SECRET'],
    ['a token as a header', 'Authorization: Bearer SECRET'],
    ['a password', '{"password":"SECRET"}'],
  ])('never contains %s', (_, text) => {
    keepLog('alice', [entry(1, text)]);
    expect(kept()).toContain('alice');
    expect(kept()).not.toContain('SECRET');
  });

  it.each(['nonsense', '{}', 'null', '{"user":"alice"}', '{"user":"alice","list":[1,null,{"id":1}]}'])(
    'does not mind %j from somebody else',
    (text) => {
      sessionStorage.setItem('log', text);
      expect(takeLog('alice')).toEqual([]);
    },
  );

  it('works without storage', () => {
    vi.spyOn(globalThis, 'sessionStorage', 'get').mockImplementation(() => {
      throw new DOMException('denied', 'SecurityError');
    });
    keepLog('alice', [entry(1)]);
    expect(takeLog('alice')).toEqual([]);
  });
});
