import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { Offer } from '../socket/options';
import { type MockWebSocket, mockWebSocket, newest } from '../testing/mock-web-socket';
import { Conversation, type Destination } from './conversation';
import type { Entry } from './entry';
import { Log } from './log';

const url = 'wss://door.example/live';
const whoami = '{"action":"whoami"}';
const identity = { connectionId: 'WhHAe-TROkECC5w=', user: 'alice', expires: 1708330500 };

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

const bearer: Offer = { protocols: ['sallyport.v1', 'bearer.a.b.c'], expires: 9_999_000 };

function converse(offer: () => Promise<Offer> = async () => bearer, more: Partial<Destination> = {}): void {
  conversation = new Conversation({ url, offer, ...more }, new Log((publish) => publish()));
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
  it('logs why there was no attempt', async () => {
    converse(() => Promise.reject(new Error('Sign in again.')));
    conversation.connect();
    await vi.advanceTimersByTimeAsync(0);
    expect(made).toHaveLength(0);
    expect(last()).toMatchObject({ direction: 'note', text: 'No attempt was made (Sign in again.)', trouble: true });
  });

  it('never logs the token', async () => {
    const server = await open();
    server.end(1006);
    expect(JSON.stringify(entries())).not.toContain('a.b.c');
  });
});

describe('open', () => {
  it('asks who we are, and keeps the answer until the end', async () => {
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

  it('counts what goes over the wire', async () => {
    const server = await open();
    conversation.send('Grüezi');
    server.deliver('hello');
    const { sent, received } = conversation.numbers.at(5000);
    expect([sent.messages, sent.bytes]).toEqual([2, whoami.length + 7]);
    expect([received.messages, received.bytes]).toEqual([1, 5]);
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
    expect(last()).toMatchObject({ trip: 25 });
    expect(conversation.numbers.at(5000).trips).toEqual([25]);
    server.deliver(answer);
    expect(last()).toMatchObject({ trip: undefined });
  });

  it('do not go beyond the end of a connection', async () => {
    const server = await open();
    conversation.send('x');
    server.end(1006);
    await vi.advanceTimersByTimeAsync(500);
    newest(made).accept();
    newest(made).deliver('{"type":"echo","data":"x"}');
    expect(last()).toMatchObject({ trip: undefined });
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

  it('logs that the attempt was called off', () => {
    converse();
    conversation.connect();
    conversation.disconnect();
    expect(lines()).toEqual(['note Called off']);
  });

  it('shows what becomes of each message', async () => {
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
    expect(conversation.numbers.at(5000).sent.messages).toBe(2);
  });
});
