import { beforeEach, describe, expect, it, vi } from 'vitest';
import { MockSignals } from '../testing/mock-signals';
import { type MockWebSocket, mockWebSocket, newest } from '../testing/mock-web-socket';
import { NoOffer, type Offer, type Options } from './options';
import { Socket } from './socket';
import type { SocketEvent, SocketSnapshot } from './state';

const url = 'wss://door.example/live';
const offer = vi.fn(async (): Promise<Offer> => ({ protocols: ['sallyport.v1', 'bearer.a.b.c'] }));

let made: MockWebSocket[];
let signals: MockSignals;
let socket: Socket;
/** Every state and every event since the test began. */
let states: string[];
let events: SocketEvent[];

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  made = mockWebSocket();
  signals = new MockSignals();
  offer.mockReset().mockImplementation(async () => ({ protocols: ['sallyport.v1', 'bearer.a.b.c'] }));
  make();
  return () => vi.useRealTimers();
});

/** A socket whose delays are the longest that chance allows. */
function make(options: Partial<Options> = {}): void {
  socket = new Socket({ url, offer, signals, random: () => 1, ...options });
  states = [];
  events = [];
  socket.subscribe(() => states.push(socket.snapshot().state));
  socket.listen((event) => events.push(event));
}

async function pass(milliseconds = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
}

async function connect(): Promise<MockWebSocket> {
  socket.connect();
  await pass();
  return newest(made);
}

async function open(): Promise<MockWebSocket> {
  const server = await connect();
  server.accept('sallyport.v1');
  return server;
}

function snapshot<S extends SocketSnapshot['state']>(state: S): Extract<SocketSnapshot, { state: S }> {
  const now = socket.snapshot();
  expect(now.state).toBe(state);
  return now as Extract<SocketSnapshot, { state: S }>;
}

describe('idle', () => {
  it('is where it begins, without a timer or a listener', () => {
    expect(socket.snapshot()).toEqual({ state: 'idle', queued: 0 });
    expect([vi.getTimerCount(), signals.watched]).toEqual([0, 0]);
  });

  it('drops messages, and does not disconnect', async () => {
    expect(socket.send('x').outcome).toBe('dropped');
    socket.disconnect();
    socket.ping();
    expect(states).toEqual([]);
    await expect(socket.request('x', () => true)).rejects.toThrow('no open connection');
  });
});

describe('connecting', () => {
  it('waits for the offer, then makes it', async () => {
    socket.connect();
    expect(socket.snapshot()).toEqual({ state: 'connecting', attempt: 1, queued: 0 });
    expect(made).toHaveLength(0);
    await pass();
    expect(newest(made)).toMatchObject({ url, protocols: ['sallyport.v1', 'bearer.a.b.c'], binaryType: 'arraybuffer' });
  });

  it('becomes open', async () => {
    await open();
    expect(states).toEqual(['connecting', 'open']);
    expect(snapshot('open')).toMatchObject({ protocol: 'sallyport.v1', since: 1_000_000, expires: undefined });
    expect(events).toEqual([{ kind: 'opened', renewed: false, protocol: 'sallyport.v1' }]);
  });

  it('waits for another attempt when the handshake fails', async () => {
    (await connect()).end(1006);
    expect(snapshot('waiting')).toMatchObject({ attempt: 2, until: 1_000_500, offline: false });
    expect(snapshot('waiting').ending).toEqual({ kind: 'closed', code: 1006, reason: '', opened: false, lasted: 0 });
  });

  it('waits when nothing answers in time', async () => {
    await connect();
    await pass(20_000);
    expect(snapshot('waiting').ending).toEqual({ kind: 'silent', opened: false, lasted: 0 });
    expect(newest(made).closeCode).toBe(1000);
  });

  it('waits when the supplier fails', async () => {
    offer.mockRejectedValueOnce(new Error('The issuer is out of reach'));
    socket.connect();
    await pass();
    expect(snapshot('waiting').ending).toEqual({ kind: 'failed', message: 'The issuer is out of reach', final: false });
    expect(made).toHaveLength(0);
  });

  it('closes when there is nothing to offer', async () => {
    offer.mockRejectedValueOnce(new NoOffer('Sign in again'));
    socket.connect();
    await pass();
    expect(snapshot('closed')).toMatchObject({ ending: { kind: 'failed', message: 'Sign in again' }, gaveUp: false });
  });

  it('closes when the browser takes no such address', async () => {
    vi.stubGlobal(
      'WebSocket',
      class {
        constructor() {
          throw new SyntaxError('The URL is invalid');
        }
      },
    );
    socket.connect();
    await pass();
    expect(snapshot('closed').ending).toEqual({ kind: 'failed', message: 'The URL is invalid', final: true });
  });

  it('closes at one refusal of an offer that cannot be bettered', async () => {
    offer.mockResolvedValueOnce({ protocols: ['sallyport.v1'], once: true });
    (await connect()).end(1006);
    expect(snapshot('closed')).toMatchObject({ ending: { code: 1006 }, gaveUp: false });
  });

  it('is called off before the offer is there', async () => {
    socket.connect();
    socket.disconnect();
    await pass();
    expect(made).toHaveLength(0);
    expect(states).toEqual(['connecting', 'closed']);
    expect(snapshot('closed').ending).toEqual({ kind: 'left', opened: false, lasted: 0 });
  });

  it('is called off during the handshake', async () => {
    const server = await connect();
    socket.disconnect();
    expect(server.closeCode).toBe(1000);
    server.end(1006);
    expect(states).toEqual(['connecting', 'closed']);
  });

  it('takes no second attempt', async () => {
    socket.connect();
    await connect();
    expect(made).toHaveLength(1);
  });

  it('lets only the newest attempt make a WebSocket', async () => {
    let answerFirst = (_: Offer) => {};
    offer.mockImplementationOnce(() => new Promise((resolve) => (answerFirst = resolve)));
    socket.connect();
    socket.disconnect();
    await connect();
    answerFirst({ protocols: ['old'] });
    await pass();
    expect(made.map(({ protocols }) => protocols[0])).toEqual(['sallyport.v1']);
  });
});

describe('open', () => {
  it('sends text', async () => {
    const server = await open();
    expect(socket.send('hello')).toEqual({ id: 1, outcome: 'sent' });
    expect(socket.send('').outcome).toBe('sent');
    expect(server.sent).toEqual(['hello', '']);
  });

  it('tells of messages until one stops listening', async () => {
    const server = await open();
    const listener = vi.fn();
    const stop = socket.listen(listener);
    server.deliver('{"type":"log","data":1}');
    stop();
    server.deliver('two');
    expect(listener.mock.calls).toEqual([
      [
        {
          kind: 'received',
          data: '{"type":"log","data":1}',
          message: { kind: 'typed', type: 'log', data: 1 },
        },
      ],
    ]);
  });

  it.each([1001, 1002, 1003, 1005, 1006, 1009, 1011, 1012, 1013, 3001])('waits after %i', async (code) => {
    const server = await open();
    server.end(code);
    expect(snapshot('waiting')).toMatchObject({ ending: { kind: 'closed', code, opened: true } });
  });

  it.each([1000, 1008, 1010, 3000, 3003, 4000, 4401, 4999])('closes after %i, which is meant so', async (code) => {
    const server = await open();
    server.end(code);
    expect(snapshot('closed')).toMatchObject({ ending: { code }, gaveUp: false });
  });

  it('disconnects with code 1000, at once', async () => {
    const server = await open();
    await pass(5000);
    socket.disconnect();
    expect(server.closeCode).toBe(1000);
    expect(snapshot('closed').ending).toEqual({ kind: 'left', opened: true, lasted: 5000 });
    server.deliver('late');
    expect(events.filter(({ kind }) => kind === 'received')).toEqual([]);
    expect([vi.getTimerCount(), signals.watched]).toEqual([0, 0]);
  });

  it('goes on when a listener throws', async () => {
    const reported = vi.fn();
    vi.stubGlobal('reportError', reported);
    socket.listen(() => {
      throw new Error('a mistake');
    });
    const after = vi.fn();
    socket.listen(after);
    await open();
    expect(reported).toHaveBeenCalledOnce();
    expect(after).toHaveBeenCalledOnce();
  });

  it('lets a listener disconnect in every event', async () => {
    socket.listen(() => socket.disconnect());
    socket.subscribe(() => socket.snapshot().state === 'waiting' && socket.disconnect());
    await open();
    expect(states).toEqual(['connecting', 'open', 'closed']);
    (await connect()).end(1006);
    expect(snapshot('closed').ending.kind).toBe('left');
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('waiting', () => {
  it('waits twice as long each time, and gives up', async () => {
    await connect();
    const waits: number[] = [];
    while (socket.snapshot().state === 'connecting') {
      newest(made).end(1006);
      const now = socket.snapshot();
      if (now.state === 'waiting') {
        waits.push(now.until - Date.now());
        await pass(now.until - Date.now());
      }
    }
    expect(waits).toEqual([500, 1000, 2000]);
    expect(made).toHaveLength(4);
    expect(snapshot('closed')).toMatchObject({ ending: { code: 1006 }, gaveUp: true });
    expect([vi.getTimerCount(), signals.watched]).toEqual([0, 0]);
  });

  it('has more patience after it was open, up to the longest delay', async () => {
    (await open()).end(1006);
    let longest = 0;
    while (socket.snapshot().state === 'waiting') {
      const { until } = snapshot('waiting');
      longest = Math.max(longest, until - Date.now());
      await pass(until - Date.now());
      newest(made).end(1006);
    }
    expect(longest).toBe(60_000);
    expect(made).toHaveLength(50);
  });

  it('spreads the attempts over the whole delay', async () => {
    make({ random: () => 0.25 });
    (await connect()).end(1006);
    expect(snapshot('waiting').until - Date.now()).toBe(125);
  });

  it('asks for a fresh offer every time', async () => {
    offer.mockResolvedValueOnce({ protocols: ['bearer.1'] }).mockResolvedValueOnce({ protocols: ['bearer.2'] });
    (await connect()).end(1006);
    await pass(500);
    expect(made.map(({ protocols }) => protocols[0])).toEqual(['bearer.1', 'bearer.2']);
  });

  it('counts on when the server lets it in and ends it at once, and anew when it lasted', async () => {
    (await open()).end(1011);
    await pass(500);
    newest(made).accept();
    await pass(9_999);
    newest(made).end(1011);
    expect(snapshot('waiting')).toMatchObject({ attempt: 3 });
    await pass(1000);
    newest(made).accept();
    await pass(10_000);
    newest(made).end(1011);
    expect(snapshot('waiting')).toMatchObject({ attempt: 2 });
  });

  it('tries at once when told to connect, or when the page is shown', async () => {
    (await connect()).end(1006);
    socket.connect();
    await pass();
    expect(made).toHaveLength(2);
    newest(made).end(1006);
    signals.give('visible');
    await pass();
    expect(made).toHaveLength(3);
    expect(snapshot('connecting')).toMatchObject({ attempt: 3 });
  });

  it('stops when told to disconnect', async () => {
    (await open()).end(1006);
    socket.disconnect();
    await pass(100_000);
    expect(made).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('offline', () => {
  it('waits for the network, and does not count what fails without it', async () => {
    const server = await open();
    signals.give('offline');
    server.end(1006);
    expect(snapshot('waiting')).toMatchObject({ offline: true, until: 1_060_000, attempt: 1 });
    signals.give('visible');
    expect(made).toHaveLength(1);
    signals.give('online');
    expect(snapshot('waiting')).toMatchObject({ offline: false, until: 1_000_500 });
    await pass(500);
    expect(made).toHaveLength(2);
  });

  it('tries now and then all the same: a browser may be wrong', async () => {
    (await open()).end(1006);
    signals.give('offline');
    await pass(60_000);
    expect(made).toHaveLength(2);
    newest(made).accept();
    snapshot('open');
  });

  it.each(['online', 'offline'] as const)('tries the open connection at %s', async (signal) => {
    const server = await open();
    signals.give(signal);
    expect(server.sent).toEqual(['{"action":"ping"}']);
  });
});

describe('the page is shown', () => {
  it('tries a connection that was quiet, no other', async () => {
    const server = await open();
    await pass(29_999);
    signals.give('visible');
    expect(server.sent).toEqual([]);
    await pass(1);
    signals.give('visible');
    expect(server.sent).toHaveLength(1);
  });
});

describe('heartbeat', () => {
  const ping = '{"action":"ping"}';

  it('pings after nine minutes without a message, and measures the answer', async () => {
    const server = await open();
    await pass(539_999);
    expect(server.sent).toEqual([]);
    await pass(1);
    expect(server.sent).toEqual([ping]);
    await pass(40);
    server.deliver('{"type":"pong"}');
    expect(events.slice(1, 3)).toEqual([
      { kind: 'pinged', text: ping },
      { kind: 'ponged', milliseconds: 40 },
    ]);
    await pass(540_000);
    expect(server.sent).toEqual([ping, ping]);
  });

  it('does not ping while messages pass, in either direction', async () => {
    const server = await open();
    for (let minute = 0; minute < 30; minute += 5) {
      await pass(300_000);
      minute % 2 === 0 ? socket.send('x') : server.deliver('x');
    }
    expect(server.sent).not.toContain(ping);
  });

  it('loses the connection when nothing comes back', async () => {
    const server = await open();
    socket.ping();
    socket.ping();
    expect(server.sent).toEqual([ping]);
    await pass(10_000);
    expect(snapshot('waiting').ending).toEqual({ kind: 'silent', opened: true, lasted: 10_000 });
    expect(server.closeCode).toBe(1000);
  });

  it('takes any message for a sign of life', async () => {
    const server = await open();
    socket.ping();
    server.deliver('hello');
    await pass(10_000);
    snapshot('open');
  });
});

describe('queue', () => {
  it('keeps what is sent meanwhile, and sends it in order', async () => {
    socket.connect();
    expect([socket.send('a'), socket.send('b')]).toEqual([
      { id: 1, outcome: 'queued' },
      { id: 2, outcome: 'queued' },
    ]);
    expect(socket.snapshot().queued).toBe(2);
    await pass();
    newest(made).accept();
    socket.send('c');
    expect(newest(made).sent).toEqual(['a', 'b', 'c']);
    expect(events.slice(0, 2)).toEqual([
      { kind: 'settled', id: 1, outcome: 'sent' },
      { kind: 'settled', id: 2, outcome: 'sent' },
    ]);
    expect(snapshot('open').queued).toBe(0);
  });

  it('sends what a listener adds after what was there', async () => {
    socket.connect();
    socket.send('a');
    socket.send('b');
    socket.listen((event) => event.kind === 'settled' && event.id === 1 && socket.send('c'));
    await pass();
    newest(made).accept();
    expect(newest(made).sent).toEqual(['a', 'b', 'c']);
  });

  it('keeps what a closing connection did not take', async () => {
    const server = await open();
    server.readyState = WebSocket.CLOSING;
    expect(socket.send('a').outcome).toBe('queued');
    server.end(1001);
    await pass(500);
    newest(made).accept();
    expect(newest(made).sent).toEqual(['a']);
  });

  it('is bounded, in messages and in characters', async () => {
    make({ limits: { queuedMessages: 2, queuedCharacters: 10 } });
    socket.connect();
    const outcomes = ['12345', '123456', '12345', '', 'x'].map((text) => socket.send(text).outcome);
    expect(outcomes).toEqual(['queued', 'dropped', 'queued', 'dropped', 'dropped']);
  });

  it('is dropped when the connection is closed for good', async () => {
    socket.connect();
    socket.send('a');
    socket.disconnect();
    expect(events[0]).toEqual({ kind: 'settled', id: 1, outcome: 'dropped' });
    expect(socket.snapshot().queued).toBe(0);
    socket.connect();
    await pass();
    newest(made).accept();
    expect(newest(made).sent).toEqual([]);
  });
});

describe('request', () => {
  const isWhoami = (message: { kind: string }) => 'type' in message && message.type === 'whoami';

  it('resolves with its reply, whatever comes between', async () => {
    const server = await open();
    const reply = socket.request('{"action":"whoami"}', isWhoami);
    server.deliver('{"type":"log"}');
    server.deliver('{"type":"whoami","data":7}');
    expect(await reply).toEqual({ kind: 'typed', type: 'whoami', data: 7 });
  });

  it('gives each reply to one request, the oldest', async () => {
    const server = await open();
    const replies = [socket.request('1', isWhoami), socket.request('2', isWhoami)];
    server.deliver('{"type":"whoami","data":1}');
    server.deliver('{"type":"whoami","data":2}');
    expect((await Promise.all(replies)).map((reply) => 'data' in reply && reply.data)).toEqual([1, 2]);
  });

  it('rejects when none comes in time, or the connection ends', async () => {
    const server = await open();
    const late = socket.request('1', isWhoami, 50);
    const lost = socket.request('2', isWhoami);
    void Promise.all([
      expect(late).rejects.toThrow('no reply within 50 ms'),
      expect(lost).rejects.toThrow('ended before'),
    ]);
    await pass(50);
    server.end(1006);
    await Promise.allSettled([late, lost]);
  });
});

describe('snapshot', () => {
  it('is the same object between changes', async () => {
    await open();
    expect(socket.snapshot()).toBe(socket.snapshot());
  });

  it('is told of until one stops following', async () => {
    const follower = vi.fn();
    socket.subscribe(follower)();
    await open();
    expect(follower).not.toHaveBeenCalled();
  });
});
