import { beforeEach, describe, expect, it, vi } from 'vitest';
import { viewOf } from '../presentation/entry-view';
import { CannotConnect, type ConnectParams } from '../socket/options';
import { type MockWebSocket, mockWebSocket, newest } from '../testing/mock-web-socket';
import { Conversation, type Destination } from './conversation';
import type { Entry } from './entry';
import { Log } from './log';
import type { Reply } from './reply';

const url = 'wss://api.example/live';
const whoami = '{"action":"whoami"}';
const identity = { connectionId: 'WhHAe-TROkECC5w=', user: 'alice', expires: 1708330500 };

const replies: readonly Reply[] = [{ type: 'echo' }, { action: 'whoami', type: 'whoami' }];

let made: MockWebSocket[];
let conversation: Conversation;

beforeEach(() => {
  vi.useFakeTimers({ now: 5000 });
  made = mockWebSocket();
  return () => {
    conversation.disconnect();
    vi.useRealTimers();
  };
});

const bearer: ConnectParams = { protocols: ['sallyport.v1', 'bearer.a.b.c'], expires: 9_999_000 };

function converse(
  connectParams: () => Promise<ConnectParams> = async () => bearer,
  more: Partial<Destination> = {},
): void {
  conversation = new Conversation({ url, connectParams, ...more }, replies, new Log((publish) => publish()));
}

async function connect(): Promise<MockWebSocket> {
  conversation.connect();
  await vi.advanceTimersByTimeAsync(0);
  return newest(made);
}

async function open(): Promise<MockWebSocket> {
  converse();
  const server = await connect();
  server.accept('sallyport.v1');
  return server;
}

const entries = () => conversation.log.snapshot().entries;
const lines = () => entries().map(({ direction, text }) => `${direction} ${text}`);
const last = (): Entry | undefined => entries().at(-1);

describe('connect', () => {
  it('logs the reason if there was no attempt', async () => {
    converse(() => Promise.reject(new Error('Sign in again.')));
    conversation.connect();
    await vi.advanceTimersByTimeAsync(0);
    expect(made).toHaveLength(0);
    expect(last()).toMatchObject({ direction: 'note', text: 'Server unreachable (Sign in again.)', trouble: true });
  });

  it('counts notes that repeat the newest entry', async () => {
    const connectParams = vi.fn(() => Promise.reject(new Error('Nobody answers.')));
    converse(connectParams, { timing: { firstDelay: 1000 } });
    conversation.connect();
    await vi.advanceTimersByTimeAsync(60_000);
    const text = 'Server unreachable (Nobody answers.)';
    expect(connectParams).toHaveBeenCalledTimes(4);
    expect(entries()).toEqual([expect.objectContaining({ text, count: 4 })]);
    expect(viewOf(last() as Entry).line).toBe(`${text} (4 times)`);
    conversation.send('dropped');
    conversation.connect();
    await vi.advanceTimersByTimeAsync(0);
    expect(entries().map(({ direction }) => direction)).toEqual(['note', 'sent', 'note']);
  });

  it('logs a reply on each of two overlapping connections, but a push once', async () => {
    converse(async () => ({ ...bearer, expires: Date.now() + 120_000 }));
    const first = await connect();
    first.accept();
    await vi.advanceTimersByTimeAsync(91_000);
    const second = newest(made);
    expect(second).not.toBe(first);
    second.accept();
    for (const text of ['{"type":"echo","data":"x"}', '{"type":"whoami","data":"x"}', '{"type":"event","data":"x"}']) {
      first.deliver(text);
      second.deliver(text);
    }
    const types = entries().flatMap(({ direction, type }) => (direction === 'received' ? type : []));
    expect(types).toEqual(['echo', 'echo', 'whoami', 'whoami', 'event']);
  });

  it('logs why the open connection was not replaced', async () => {
    const connectParams = vi.fn(async () => ({ ...bearer, expires: Date.now() + 60_000 }));
    converse(connectParams);
    (await connect()).accept('sallyport.v1');
    connectParams.mockRejectedValue(new CannotConnect('token_invalid: Sign in again.', 'token_invalid'));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(lines()).toContain(
      'note The connection was not replaced: Refused: token invalid (token_invalid: Sign in again.)',
    );
  });

  it('never logs the token', async () => {
    const server = await open();
    server.end(1006);
    expect(JSON.stringify(entries())).not.toContain('a.b.c');
  });
});

describe('open', () => {
  it('sends whoami, and keeps the identity until the connection ends', async () => {
    const server = await open();
    expect(server.sent).toEqual([whoami]);
    expect(conversation.snapshot().identity).toBeUndefined();
    server.deliver(JSON.stringify({ type: 'whoami', data: identity }));
    expect(conversation.snapshot().identity).toEqual(identity);
    server.deliver('{"type":"whoami","data":"nonsense"}');
    expect(conversation.snapshot().identity).toEqual(identity);
    server.end(1001);
    expect(conversation.snapshot().identity).toBeUndefined();
  });

  it('logs both directions in order', async () => {
    const server = await open();
    conversation.send('hello');
    server.deliver('{"type":"echo","data":"hello"}');
    conversation.socket.ping();
    expect(lines()).toEqual([
      'note Open',
      `sent ${whoami}`,
      'sent hello',
      'received {"type":"echo","data":"hello"}',
      'sent {"action":"ping"}',
    ]);
    expect(last()).toMatchObject({ direction: 'sent', type: 'ping', size: 17, outcome: 'sent', at: 5000 });
  });

  it('logs binary data without its bytes', async () => {
    (await open()).deliver(new ArrayBuffer(9));
    expect(last()).toMatchObject({ direction: 'received', text: '', kind: 'binary', size: 9 });
  });

  it('counts messages and bytes', async () => {
    const server = await open();
    conversation.send('Grüezi');
    server.deliver('hello');
    const { sent, received } = conversation.traffic.at(5000);
    expect([sent.messages, sent.bytes]).toEqual([2, whoami.length + 7]);
    expect([received.messages, received.bytes]).toEqual([1, 5]);
  });
});

describe('a refresh', () => {
  const secret = '{"action":"refresh","token":"x.y.z"}';
  const shown = '{"action":"refresh","token":"…"}';
  const hour = 3_600_000;
  const first = 5000 + hour;
  const later = first + hour;

  async function refreshing(): Promise<MockWebSocket> {
    const timing = { heartbeat: 2 * hour };
    converse(async () => ({ ...bearer, expires: first }), {
      timing,
      refresh: async () => ({ text: secret, shown, expires: later }),
    });
    const server = await connect();
    server.accept('sallyport.v1');
    server.deliver(JSON.stringify({ type: 'whoami', data: { ...identity, expires: first / 1000 } }));
    await vi.advanceTimersByTimeAsync(hour - 60_000);
    return server;
  }

  it('is logged without its token, and counted with it', async () => {
    const server = await refreshing();
    expect(server.sent.at(-1)).toBe(secret);
    expect(last()).toMatchObject({ direction: 'sent', type: 'refresh', text: shown, size: secret.length });
    const { sent } = conversation.traffic.at(Date.now());
    expect(sent.bytesBySecond.at(-1)).toBe(secret.length);
  });

  it('changes the expiry of the identity', async () => {
    const server = await refreshing();
    server.deliver(JSON.stringify({ type: 'refreshed', data: { expires: later / 1000 } }));
    expect(conversation.snapshot().identity).toEqual({ ...identity, expires: later / 1000 });
    expect(conversation.socket.snapshot()).toMatchObject({ expires: later });
  });

  it('is logged without its token if the user sends it', async () => {
    await refreshing();
    conversation.send('{"token": "x.y.z", "action": "refresh"}');
    conversation.send('{"action":"refresh","token":{"deep":"x.y.z"}}');
    const kept = JSON.stringify([entries(), conversation.socket.snapshot(), conversation.snapshot()]);
    expect(kept).not.toContain('x.y.z');
    expect(last()).toMatchObject({ text: shown });
    conversation.send('{"action":"refresh"}');
    expect(last()).toMatchObject({ text: '{"action":"refresh"}' });
  });
});

describe('round trips', () => {
  it.each([
    ['{"a": 1.50, "b": [true]}', '{"type":"echo","data":{"a":1.50,"b":[true]}}'],
    ['plain "text"', '{"type":"echo","data":"plain \\"text\\""}'],
    ['{"action":"ping"}', '{"type":"pong"}'],
    ['{"action":"nowhere"}', '{"type":"echo","data":{"action":"nowhere"}}'],
  ])('are measured from %s', async (text, answer) => {
    const server = await open();
    conversation.send(text);
    await vi.advanceTimersByTimeAsync(25);
    server.deliver(answer);
    expect(last()).toMatchObject({
      request: { trip: 25, id: entries().findLast(({ text: sent }) => sent === text)?.id },
    });
    expect(conversation.traffic.at(5000).trips).toEqual([25]);
    server.deliver(answer);
    expect(last()).toMatchObject({ request: undefined });
  });

  it('has an error as its reply if it is the only message without a reply', async () => {
    const server = await open();
    server.deliver(JSON.stringify({ type: 'whoami', data: identity }));
    conversation.send('{"action":"refresh"}');
    await vi.advanceTimersByTimeAsync(7);
    server.deliver('{"type":"error","data":{"code":"refresh_malformed","message":"No token."}}');
    expect(last()).toMatchObject({ request: { trip: 7 } });
    conversation.send('a');
    conversation.send('b');
    server.deliver('{"type":"error","data":{"code":"rate_limited","message":"Too many."}}');
    expect(last()).toMatchObject({ request: undefined });
  });

  it('are kept for each route', async () => {
    const server = await open();
    await vi.advanceTimersByTimeAsync(5);
    server.deliver(JSON.stringify({ type: 'whoami', data: identity }));
    conversation.send('hello');
    await vi.advanceTimersByTimeAsync(9);
    server.deliver('{"type":"echo","data":"hello"}');
    expect([...conversation.traffic.at(5000).routes]).toEqual([
      ['whoami', [5]],
      ['$default', [9]],
    ]);
  });

  it('end with the connection', async () => {
    const server = await open();
    conversation.send('x');
    server.end(1006);
    await vi.advanceTimersByTimeAsync(500);
    newest(made).accept();
    newest(made).deliver('{"type":"echo","data":"x"}');
    expect(last()).toMatchObject({ request: undefined });
  });
});

describe('closed', () => {
  it.each<[number, string, string, boolean]>([
    [1001, 'Going away', 'Closed 1001: Going away', false],
    [1009, 'Max frame length of 32768 has been exceeded.', 'Closed 1009: Message too big (Max frame', true],
    [1006, '', 'Closed 1006: Connection lost', true],
  ])('logs %i with its meaning', async (code, reason, text, trouble) => {
    (await open()).end(code, reason);
    expect(last()).toMatchObject({ direction: 'note', text: expect.stringContaining(text), trouble });
  });

  it('logs the message of the server', async () => {
    const server = await open();
    server.deliver('{"type":"closing","data":{"code":"disconnected","message":"Maintenance at noon."}}');
    server.end(1000);
    expect(lines().slice(-2)).toEqual([
      'received {"type":"closing","data":{"code":"disconnected","message":"Maintenance at noon."}}',
      'note Closed 1000: Ended: disconnected (Maintenance at noon.)',
    ]);
    expect(last()).toMatchObject({ trouble: false });
  });

  it('logs that the attempt was canceled', () => {
    converse();
    conversation.connect();
    conversation.disconnect();
    expect(lines()).toEqual(['note Canceled']);
  });

  it('logs the outcome of each message', async () => {
    converse();
    expect(conversation.send('too early')).toBe('dropped');
    conversation.connect();
    expect(conversation.send('in time')).toBe('queued');
    const outcomes = () => entries().flatMap((entry) => (entry.direction === 'sent' ? [entry.outcome] : []));
    expect(outcomes()).toEqual(['dropped', 'queued']);
    await vi.advanceTimersByTimeAsync(0);
    newest(made).accept();
    expect(newest(made).sent).toEqual(['in time', whoami]);
    expect(outcomes()).toEqual(['dropped', 'sent', 'sent']);
    expect(conversation.traffic.at(5000).sent.messages).toBe(2);
  });
});
