import { act, renderHook } from '@testing-library/react';
import { type Centrifuge, type SubscribedContext, UnauthorizedError } from 'centrifuge';
import { beforeEach, expect, it, vi } from 'vitest';
import { Failover } from '../socket/failover';
import { type MockWebSocket, mockWebSocket } from '../testing/mock-web-socket';
import { createClient } from './client';
import { useChannel } from './use-channel';

const url = 'wss://def.example/live';
const alice = { client: 'a', user: 'alice' };
const bob = { client: 'b', user: 'bob' };

let made: MockWebSocket[];
let client: Centrifuge;

beforeEach(() => {
  made = mockWebSocket();
  return () => client?.disconnect();
});

const settled = { timeout: 60_000 };

/** Returns the socket of an attempt to connect. */
const attempt = (n: number): Promise<MockWebSocket> =>
  vi.waitFor(() => {
    const socket = made[n - 1];
    if (!socket?.onopen) {
      throw new Error(`there is no attempt ${n}`);
    }
    return socket;
  }, settled);

type Command = { readonly id: number } & Record<string, unknown>;

/** Waits for a command, and sends its answer as the server does. */
async function answer(socket: MockWebSocket, name: string, reply: object): Promise<unknown> {
  const find = () => {
    const commands = socket.sent.flatMap((frame) => frame.split('\n')).map((line): Command => JSON.parse(line));
    const command = commands.findLast((one) => name in one);
    expect(command, `a command ${name} in ${socket.sent}`).toBeDefined();
    return command;
  };
  const command = await vi.waitFor(find, settled);
  await act(async () => socket.deliver(JSON.stringify({ id: command?.id, ...reply })));
  return command?.[name];
}

const push = (socket: MockWebSocket, pushed: object) =>
  act(async () => socket.deliver(JSON.stringify({ push: { channel: 'chat:room1', ...pushed } })));

/** Returns a client that is connected, and its socket. */
async function connect(): Promise<MockWebSocket> {
  client = createClient(url, async () => 'T1');
  client.connect();
  const socket = await attempt(1);
  socket.accept('centrifuge-json');
  await answer(socket, 'connect', { connect: { client: 'a' } });
  return socket;
}

it('createClient requests a ticket with a new trace id before each attempt', async () => {
  const traces: string[] = [];
  client = createClient(url, async (trace) => `T${traces.push(trace)}`, { minReconnectDelay: 1, maxReconnectDelay: 1 });
  client.connect();
  const first = await attempt(1);
  expect([first.url, first.protocols]).toEqual([url, ['centrifuge-json', 'ticket.T1', `trace.${traces[0]}`]]);
  first.end(1006);
  const second = await attempt(2);
  expect(second.protocols).toEqual(['centrifuge-json', 'ticket.T2', `trace.${traces[1]}`]);
  expect(traces.map((id) => /^[0-9a-f]{32}$/.test(id))).toEqual([true, true]);
  expect(traces[0]).not.toBe(traces[1]);
});

it('createClient stays disconnected when there is no ticket for this user', async () => {
  client = createClient(url, async () => {
    throw new UnauthorizedError('Sign in again.');
  });
  const disconnected = new Promise((done) => client.once('disconnected', done));
  client.connect();
  expect(await disconnected).toMatchObject({ code: 1 });
  expect(made).toEqual([]);
});

it('createClient moves to the next stack, with its ticket, when two attempts fail, and recovers there', async () => {
  const stacks = ['a', 'b'].map((n) => ({ websocketUrl: `wss://${n}.example/live`, httpUrl: `https://${n}.example` }));
  const ticket = async (_: string, httpUrl = '') => `of-${new URL(httpUrl).host}`;
  client = createClient(new Failover(stacks), ticket, { minReconnectDelay: 1, maxReconnectDelay: 1 });
  const subscribed: SubscribedContext[] = [];
  const room = client.newSubscription('chat:room1');
  room.on('subscribed', (context) => subscribed.push(context));
  room.subscribe();
  client.connect();
  const first = await attempt(1);
  first.accept('centrifuge-json');
  await answer(first, 'connect', { connect: { client: 'a' } });
  await answer(first, 'subscribe', { subscribe: { recoverable: true, epoch: 'e', offset: 4 } });
  first.end(1006);
  (await attempt(2)).end(1006);
  (await attempt(3)).end(1006);
  const moved = await attempt(4);
  expect(made.map(({ url }) => url)).toEqual([0, 0, 0, 1].map((n) => stacks[n]?.websocketUrl));
  expect(moved.protocols.slice(0, 2)).toEqual(['centrifuge-json', 'ticket.of-b.example']);
  moved.accept('centrifuge-json');
  await answer(moved, 'connect', { connect: { client: 'b' } });
  const again = await answer(moved, 'subscribe', {
    subscribe: { recoverable: true, epoch: 'f', offset: 9, was_recovering: true },
  });
  expect(again, 'it names its position in the other stack').toMatchObject({ recover: true, epoch: 'e', offset: 4 });
  expect(subscribed.at(-1), 'the user learns of the gap').toMatchObject({ wasRecovering: true, recovered: false });
});

it('createClient moves to the next stack when there are no tickets', async () => {
  const stacks = ['a', 'b'].map((n) => ({ websocketUrl: `wss://${n}.example/live`, httpUrl: `https://${n}.example` }));
  const asked: string[] = [];
  const ticket = async (_: string, httpUrl = '') => {
    asked.push(httpUrl);
    if (httpUrl === stacks[0]?.httpUrl) throw new Error('cannot be reached');
    return 'T';
  };
  client = createClient(new Failover(stacks), ticket, { minReconnectDelay: 1, maxReconnectDelay: 1 });
  client.connect();
  expect((await attempt(1)).url).toBe(stacks[1]?.websocketUrl);
  expect(asked).toEqual([0, 0, 1].map((n) => stacks[n]?.httpUrl));
});

it('createClient keeps an idle connection open', async () => {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  try {
    const socket = await connect();
    const before = socket.sent.length;
    vi.advanceTimersByTime(9 * 60_000 + 1);
    await vi.waitFor(() => expect(socket.sent.slice(before)).toEqual(['{"send":{"data":null}}']), settled);
    client.disconnect();
    vi.advanceTimersByTime(60 * 60_000);
    expect(socket.sent).toHaveLength(before + 1);
  } finally {
    vi.useRealTimers();
  }
});

it('useChannel subscribes, shows what arrives, publishes and unsubscribes', async () => {
  const socket = await connect();
  const { result, unmount } = renderHook(() => useChannel(client, 'chat:room1', 2));
  expect(result.current.state).toBe('subscribing');
  const command = await answer(socket, 'subscribe', { subscribe: { recoverable: true, epoch: 'e', offset: 4 } });
  expect(command).toMatchObject({ channel: 'chat:room1', join_leave: true });
  expect(result.current.state).toBe('subscribed');

  await push(socket, { join: { info: bob } }); // while the presence is on its way
  await answer(socket, 'presence', { presence: { presence: { a: alice } } });
  await vi.waitFor(() => expect(Object.keys(result.current.presence)).toEqual(['a', 'b']), settled);
  await push(socket, { leave: { info: alice } });
  expect(Object.keys(result.current.presence)).toEqual(['b']);

  for (const offset of [5, 6, 6, 5, 7]) {
    await push(socket, { pub: { data: { n: offset }, offset, info: bob } });
  }
  expect(result.current.publications.map(({ offset }) => offset)).toEqual([6, 7]);

  const published = result.current.publish({ text: 'hello' });
  expect(await answer(socket, 'publish', { publish: {} })).toEqual({ channel: 'chat:room1', data: { text: 'hello' } });
  await published;
  unmount();
  expect(client.getSubscription('chat:room1')).toBeNull();
});

it('useChannel reports publications that were not recovered', async () => {
  const socket = await connect();
  const { result } = renderHook(() => useChannel(client, 'chat:room1'));
  await answer(socket, 'subscribe', { subscribe: { recoverable: true, epoch: 'e', offset: 4 } });
  await push(socket, { pub: { data: 5, offset: 5 } });
  await push(socket, { unsubscribe: { code: 2500, reason: 'insufficient state' } });
  const again = { recoverable: true, was_recovering: true, recovered: false, epoch: 'other', offset: 1 };
  await vi.waitFor(() => expect(socket.sent.join()).toContain('"recover":true'), settled);
  await answer(socket, 'subscribe', { subscribe: again });
  await push(socket, { pub: { data: 2, offset: 2 } });
  expect(result.current.missed).toBe(true);
  expect(result.current.publications.map(({ offset }) => offset)).toEqual([5, 2]);
});

it('useChannel reports why the server refuses', async () => {
  const socket = await connect();
  const { result } = renderHook(() => useChannel(client, 'chat:room1'));
  await answer(socket, 'subscribe', { error: { code: 103, message: 'permission denied' } });
  expect(result.current).toMatchObject({ state: 'unsubscribed', error: 'permission denied' });
});

it('two components share the subscription of a channel', async () => {
  const socket = await connect();
  const first = renderHook(() => useChannel(client, 'chat:room1'));
  await answer(socket, 'subscribe', { subscribe: { recoverable: true, epoch: 'e', offset: 0 } });
  const second = renderHook(() => useChannel(client, 'chat:room1'));
  expect(second.result.current.state).toBe('subscribed');
  first.unmount();
  await push(socket, { pub: { data: 1, offset: 1 } });
  expect(second.result.current.publications).toHaveLength(1);
});

it('useChannel waits for a client that is not loaded', async () => {
  const { result } = renderHook(() => useChannel(undefined, 'chat:room1'));
  expect(result.current.state).toBe('unsubscribed');
  await expect(result.current.publish(1)).rejects.toThrow('nothing was published in chat:room1');
});
