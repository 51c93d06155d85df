import { UnauthorizedError } from 'centrifuge';
import { beforeEach, describe, expect, it } from 'vitest';
import { CannotConnect } from '../socket/options';
import { FakeCentrifuge, type FakeSubscription, publicationAt, subscribedAt } from '../testing/fake-centrifuge';
import { ChannelSession } from './channel-session';

let server: FakeCentrifuge;
let session: ChannelSession;
let ticket: () => Promise<string>;

beforeEach(() => {
  ticket = async () => 'ticket';
  session = new ChannelSession(
    (next) => {
      server = new FakeCentrifuge(next);
      return server.client;
    },
    () => ticket(),
  );
});

const subscriptionTo = (name: string): FakeSubscription => {
  const subscription = server.subscriptions.get(name);
  if (!subscription) {
    throw new Error(`no subscription to ${name}`);
  }
  return subscription;
};

describe('the connection', () => {
  it('has the states of the client', () => {
    session.connect();
    server.emit('connecting', { code: 0, reason: 'connect called' });
    expect(session.snapshot()).toMatchObject({ state: 'connecting', problem: undefined });
    server.emit('connected', { client: 'one', transport: 'websocket' });
    expect(session.snapshot()).toMatchObject({ state: 'connected', connectionId: 'one', since: expect.any(Number) });
    server.emit('connecting', { code: 1, reason: 'transport closed' });
    expect(session.snapshot()).toMatchObject({ state: 'connecting', connectionId: undefined, since: undefined });
    expect(session.snapshot().problem).toMatch(/connects again/);
    server.emit('disconnected', { code: 0, reason: 'disconnect called' });
    expect(session.snapshot()).toMatchObject({ state: 'disconnected', problem: undefined });
  });

  it.each([
    [3503, 'signed out', 'The server ended the connection. The server says: signed out (code 3503)'],
    [3005, 'The token has expired.', 'The token expired. The server says: The token has expired. (code 3005)'],
    [4999, 'other', 'The connection ended. The server says: other (code 4999)'],
    [3, 'message size limit', 'A message was larger than API Gateway allows. (code 3)'],
  ])('explains the end %i', (code, reason, problem) => {
    server.emit('disconnected', { code, reason });
    expect(session.snapshot().problem).toBe(problem);
  });

  it('shows why a transport failed', () => {
    server.emit('error', { type: 'transport', error: { code: 2, message: 'transport closed' } });
    expect(session.snapshot().problem).toBe('The connection could not be opened, or it closed. (code 2)');
  });
});

describe('tickets', () => {
  it('are requested for each attempt', async () => {
    expect(await server.ticket()).toBe('ticket');
    ticket = async () => 'another';
    expect(await server.ticket()).toBe('another');
  });

  it('show the reason of a failure, after which the client tries again', async () => {
    ticket = () => Promise.reject(new Error('https://api.example cannot be reached.'));
    await expect(server.ticket()).rejects.not.toBeInstanceOf(UnauthorizedError);
    server.emit('error', { type: 'connectData', error: { code: 12, message: 'Error: …' } });
    expect(session.snapshot().problem).toBe('https://api.example cannot be reached.');
  });

  it('end the connection when no other attempt can succeed', async () => {
    ticket = () => Promise.reject(new CannotConnect('You are not signed in.'));
    await expect(server.ticket()).rejects.toBeInstanceOf(UnauthorizedError);
    server.emit('disconnected', { code: 1, reason: 'unauthorized' });
    expect(session.snapshot()).toMatchObject({ state: 'disconnected', problem: 'You are not signed in.' });
  });
});

describe('subscriptions', () => {
  it('are made once, with join and leave', () => {
    const channel = session.subscribeTo('chat:room1');
    expect(session.subscribeTo('chat:room1')).toBe(channel);
    expect(session.snapshot().channels).toEqual([channel]);
    expect(server.calls).toEqual(['connect', 'connect']);
    expect(subscriptionTo('chat:room1').options).toEqual({ joinLeave: true });
    expect(channel.snapshot().state).toBe('subscribing');
  });

  it('give their events to the channel', () => {
    const channel = session.subscribeTo('chat:room1');
    const subscription = subscriptionTo('chat:room1');
    server.emit('connected', { client: 'a', transport: 'websocket' });
    subscription.emit('error', { type: 'subscribe', error: { code: 100, message: 'internal server error' } });
    expect(channel.snapshot().problem).toBe('The server failed. Try again. (code 100)');
    subscription.emit('subscribed', subscribedAt(0));
    subscription.emit('publication', publicationAt(1));
    subscription.emit('join', { info: { client: 'b', user: 'bob' } });
    subscription.emit('leave', { info: { client: 'b', user: 'bob' } });
    expect(channel.snapshot()).toMatchObject({ state: 'subscribed', problem: undefined, received: 1 });
    expect(channel.snapshot().lines.map((line) => (line.kind === 'note' ? line.text : line.mine))).toEqual([
      'Subscribed.',
      true,
      'bob joined.',
      'bob left.',
    ]);
    subscription.emit('unsubscribed', { code: 103, reason: 'permission denied' });
    expect(channel.snapshot()).toMatchObject({ state: 'unsubscribed', problem: expect.stringContaining('103') });
  });

  it('can be ended, made again and removed', () => {
    const channel = session.subscribeTo('chat:room1');
    session.unsubscribeFrom(channel);
    expect(channel.snapshot()).toMatchObject({ state: 'unsubscribed', problem: undefined });
    session.subscribeTo('chat:room1');
    expect(channel.snapshot().state).toBe('subscribing');
    session.remove(channel);
    expect(session.snapshot().channels).toEqual([]);
    expect(server.subscriptions.size).toBe(0);
  });

  it('include those that the server makes', () => {
    const own = { channel: 'user:me' };
    server.emit('subscribed', subscribedAt(0, own));
    const [channel] = session.snapshot().channels;
    expect(channel).toMatchObject({ name: 'user:me', own: true });
    server.emit('publication', { ...publicationAt(1), ...own });
    server.emit('join', { ...own, info: { client: 'b', user: 'bob' } });
    server.emit('leave', { ...own, info: { client: 'b', user: 'bob' } });
    expect(channel?.snapshot().lines).toHaveLength(4);
    server.emit('subscribing', own);
    expect(channel?.snapshot().state).toBe('subscribing');
    server.emit('unsubscribed', own);
    expect(channel?.snapshot().state).toBe('unsubscribed');
    session.subscribeTo('user:me');
    expect(server.subscriptions.size).toBe(0);
  });
});
