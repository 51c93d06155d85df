import { beforeEach, describe, expect, it, vi } from 'vitest';
import { MockSignals } from '../testing/mock-signals';
import { type MockWebSocket, mockWebSocket, newest } from '../testing/mock-web-socket';
import { CannotConnect, type ConnectParams, type Options } from './options';
import { Socket } from './socket';
import type { SocketEvent } from './state';

const pong = '{"type":"pong"}';
const minute = 60_000;

let made: MockWebSocket[];
let socket: Socket;
let events: SocketEvent[];
let states: string[];
let expires: number | undefined;
const connectParams = vi.fn<() => Promise<ConnectParams>>();

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  made = mockWebSocket();
  expires = undefined;
  connectParams.mockReset().mockImplementation(async () => ({ protocols: ['a'], ...(expires && { expires }) }));
  make();
  return () => vi.useRealTimers();
});

function make(options: Partial<Options> = {}): void {
  const settings = { url: 'wss://api.example/live', connectParams, signals: new MockSignals(), random: () => 1 };
  socket = new Socket({ ...settings, timing: { heartbeat: 1000 * minute }, ...options });
  events = [];
  states = [];
  socket.listen((event) => events.push(event));
  socket.subscribe(() => states.push(socket.snapshot().state));
}

async function pass(milliseconds = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
}

async function open(): Promise<MockWebSocket> {
  socket.connect();
  await pass();
  newest(made).accept('one');
  return newest(made);
}

/** Two open connections: the second is not confirmed yet. */
async function both(): Promise<[MockWebSocket, MockWebSocket]> {
  const first = await open();
  await pass(105 * minute);
  expect(made).toHaveLength(2);
  newest(made).accept('two');
  return [first, newest(made)];
}

const received = () => events.flatMap((event) => (event.kind === 'received' ? [event.data] : []));

describe('renewal by age', () => {
  it('begins at a random time of the five minutes before 110 minutes', async () => {
    await open();
    await pass(105 * minute - 1);
    expect(made).toHaveLength(1);
    await pass(1);
    expect(made).toHaveLength(2);
    socket.disconnect();
    make({ random: () => 0 });
    await open();
    await pass(110 * minute - 1);
    expect(made).toHaveLength(3);
    await pass(1);
    expect(made).toHaveLength(4);
  });

  it('opens the new connection before it closes the old one', async () => {
    const [first, second] = await both();
    expect(second.sent).toEqual(['{"action":"ping"}']);
    socket.send('by the first');
    second.deliver(pong);
    socket.send('by the second');
    expect(first.sent).toEqual(['by the first']);
    expect(second.sent.slice(1)).toEqual(['by the second']);
    first.deliver('{"type":"echo","data":"by the first"}');
    expect(received()).toEqual([pong, '{"type":"echo","data":"by the first"}']);
    expect(first.closeCode).toBeUndefined();
    await pass(10_000);
    expect(first.closeCode).toBe(1000);
    expect(states).toEqual(['connecting', 'open', 'open']);
    expect(socket.snapshot()).toMatchObject({ protocol: 'two' });
    expect(events.filter(({ kind }) => kind === 'opened')).toHaveLength(2);
    expect(events).toContainEqual({ kind: 'opened', renewed: true, protocol: 'two' });
  });

  it('repeats, with two connections at most', async () => {
    await open();
    for (let round = 2; round < 6; round++) {
      await pass(105 * minute);
      expect(made).toHaveLength(round);
      newest(made).accept();
      newest(made).deliver(pong);
      await pass(10_000);
      expect(made.filter(({ closeCode }) => closeCode === undefined)).toHaveLength(1);
    }
  });

  it('stops both connections and all timers on disconnect', async () => {
    const [first, second] = await both();
    socket.disconnect();
    expect([first.closeCode, second.closeCode]).toEqual([1000, 1000]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('a push to both connections', () => {
  it.each([
    ['the first connection first', [0, 1]],
    ['the second connection first', [1, 0]],
  ])('is reported once, %s', async (_, order) => {
    const servers = await both();
    for (const at of order) {
      servers[at]?.deliver('{"type":"event","data":1}');
    }
    servers[1].deliver(pong);
    for (const at of order) {
      servers[at]?.deliver('{"type":"event","data":2}');
    }
    expect(received()).toEqual(['{"type":"event","data":1}', pong, '{"type":"event","data":2}']);
  });

  it('is reported as often as it was sent', async () => {
    const [first, second] = await both();
    first.deliver('tick');
    first.deliver('tick');
    second.deliver('tick');
    second.deliver('tick');
    expect(received()).toEqual(['tick', 'tick']);
  });

  it('does not hide equal replies', async () => {
    const [first, second] = await both();
    first.deliver('{"type":"error","data":"x"}');
    second.deliver('{"type":"error","data":"x"}');
    expect(received()).toHaveLength(2);
  });

  it('is not removed when there is one connection', async () => {
    const [, second] = await both();
    second.deliver(pong);
    second.deliver('tick');
    await pass(20_000);
    second.deliver('tick');
    second.deliver('tick');
    expect(received()).toEqual([pong, 'tick', 'tick', 'tick']);
  });
});

describe('renewal before the credential expires', () => {
  it('begins a minute before, with new parameters', async () => {
    expires = 1_000_000 + 60 * minute;
    await open();
    expect(socket.snapshot()).toMatchObject({ expires });
    await pass(59 * minute - 1);
    expires += 60 * minute;
    expect(made).toHaveLength(1);
    await pass(1);
    newest(made).accept();
    newest(made).deliver(pong);
    expect(socket.snapshot()).toMatchObject({ state: 'open', expires });
  });

  it('begins after three quarters of a short life', async () => {
    expires = 1_000_000 + 40_000;
    await open();
    await pass(29_999);
    expect(connectParams).toHaveBeenCalledTimes(1);
    await pass(1);
    expect(connectParams).toHaveBeenCalledTimes(2);
  });

  it('does not replace a connection without a later expiry', async () => {
    expires = 1_000_000 + 60 * minute;
    await open();
    await pass(100 * minute);
    expect(made).toHaveLength(1);
    expect(connectParams).toHaveBeenCalledTimes(2);
    await pass(10 * minute);
    expect(made).toHaveLength(2);
  });

  it('keeps the connection when the sign-in has expired', async () => {
    expires = 1_000_000 + 60 * minute;
    await open();
    connectParams.mockRejectedValue(new CannotConnect('Sign in again'));
    await pass(59 * minute);
    expect(socket.snapshot().state).toBe('open');
    expect(events.at(-1)).toEqual({
      kind: 'notRenewed',
      ending: { kind: 'failed', message: 'Sign in again', final: true },
    });
  });

  it('ignores an expiry in the past, which a fast clock causes', async () => {
    expires = 900_000;
    await open();
    await pass(100 * minute);
    expect(connectParams).toHaveBeenCalledTimes(1);
  });
});

describe('a replacement that fails', () => {
  it('keeps the connection, and is repeated', async () => {
    await open();
    await pass(105 * minute);
    newest(made).end(1006);
    expect(socket.snapshot().state).toBe('open');
    expect(events.at(-1)).toMatchObject({ kind: 'notRenewed', ending: { code: 1006 } });
    await pass(5000);
    expect(made).toHaveLength(3);
  });

  it('has failed if it opens but does not answer', async () => {
    const [first, second] = await both();
    await pass(10_000);
    expect(second.closeCode).toBe(1000);
    expect(first.closeCode).toBeUndefined();
    expect(events.at(-1)).toMatchObject({ kind: 'notRenewed', ending: { kind: 'timeout' } });
  });

  it('is repeated a few times only', async () => {
    await open();
    await pass(104 * minute);
    for (let second = 0; second < 16 * 60; second++) {
      await pass(1000);
      const last = newest(made);
      if (made.length > 1 && last.readyState !== WebSocket.CLOSED) {
        last.end(1006);
      }
    }
    expect(made).toHaveLength(5);
  });
});

describe('the connection is lost during a replacement', () => {
  it('continues at once with the open replacement', async () => {
    const [first, second] = await both();
    first.end(1001);
    expect(states).toEqual(['connecting', 'open', 'open']);
    socket.send('x');
    expect(second.sent).toContain('x');
    second.deliver(pong);
    await pass(20_000);
    expect(socket.snapshot().state).toBe('open');
  });

  it('queues until the replacement is open', async () => {
    const first = await open();
    await pass(105 * minute);
    first.end(1001);
    expect(socket.snapshot().state).toBe('connecting');
    expect(socket.send('x').outcome).toBe('queued');
    newest(made).accept();
    expect(newest(made).sent).toEqual(['x']);
    expect(made).toHaveLength(2);
  });

  it('ignores the end of the replaced connection', async () => {
    const [first, second] = await both();
    second.deliver(pong);
    first.end(1001);
    await pass(20_000);
    expect(socket.snapshot()).toMatchObject({ state: 'open', protocol: 'two' });
    expect(events.filter(({ kind }) => kind === 'ended')).toEqual([]);
  });
});
