import { describe, expect, it } from 'vitest';
import { isServerMessage as isSampleMessage } from '../../lambda/contract/testdata/contract';
import { type ClientMessage, isServerMessage, routes } from './contract';

describe('isServerMessage', () => {
  const me = { connectionId: 'c', user: 'ann', issuer: 'https://i.example', sub: 's', expires: 1 };

  it.each([
    { type: 'echo', data: null },
    { type: 'pong' },
    { type: 'whoami', data: me },
    { type: 'whoami', data: { ...me, more: true } },
    { type: 'error', data: { code: 'token_expired', message: 'The token has expired.' } },
  ])('accepts %j', (message) => {
    expect(isServerMessage(message)).toBe(true);
  });

  it.each([
    undefined,
    null,
    'echo',
    [],
    {},
    { type: 'echo' },
    { type: 'pong', data: {} },
    { type: 'whoami', data: { ...me, expires: '1' } },
    { type: 'whoami', data: { ...me, sub: undefined } },
    { type: 'whoami', data: [] },
    { type: 'toString', data: {} },
    { type: '__proto__', data: {} },
    { type: 'unknown', data: {} },
  ])('refuses %j', (message) => {
    expect(isServerMessage(message)).toBe(false);
  });

  const line = { sku: 'a', count: 1, price: null };

  it.each([
    [{ type: 'sold', data: [line, { ...line, price: 1.5, note: 'n' }] }, true],
    [{ type: 'sold', data: null }, true],
    [{ type: 'sold', data: [line, { ...line, count: 1.5 }] }, false],
    [{ type: 'sold', data: [{ ...line, price: undefined }] }, false],
    [{ type: 'sold', data: [{ ...line, note: 1 }] }, false],
    [{ type: 'sold', data: {} }, false],
    [{ type: 'emptied-out', data: {} }, true],
    [{ type: 'emptied-out', data: [] }, false],
    [{ type: 'price', data: 1 }, true],
    [{ type: 'price', data: '1' }, false],
  ])('checks every kind of Go type: %j', (message, fits) => {
    expect(isSampleMessage(message)).toBe(fits);
  });
});

describe('routes', () => {
  it('have examples that select them', () => {
    for (const { action, example } of routes) {
      if (action !== undefined) {
        const message = JSON.parse(example) as ClientMessage;
        expect(message.action).toBe(action);
      }
    }
  });
});
