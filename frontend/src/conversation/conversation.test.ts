import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type MockWebSocket, mockWebSocket, newest } from '../testing/mock-web-socket';
import { Conversation, type Entry, logLimit } from './conversation';

const url = 'wss://door.example/live';
const whoami = '{"action":"whoami"}';
const identity = { connectionId: 'WhHAe-TROkECC5w=', user: 'alice', expires: 1708330500 };

let made: MockWebSocket[];

beforeEach(() => {
  made = mockWebSocket();
});

async function open(): Promise<{ conversation: Conversation; server: MockWebSocket }> {
  const conversation = new Conversation({ url, token: async () => 'a.b.c' });
  await conversation.connect();
  newest(made).accept('sallyport.v1');
  return { conversation, server: newest(made) };
}

function lines(conversation: Conversation): string[] {
  return conversation.snapshot().entries.map(({ direction, text }) => `${direction} ${text}`);
}

function last(conversation: Conversation): Entry | undefined {
  return conversation.snapshot().entries.at(-1);
}

describe('connect', () => {
  it('offers the token beside the subprotocol', async () => {
    const { server } = await open();
    expect(server).toMatchObject({ url, protocols: ['sallyport.v1', 'bearer.a.b.c'] });
  });

  it('offers the subprotocol alone when there is no token', async () => {
    await new Conversation({ url, token: async () => undefined }).connect();
    expect(newest(made).protocols).toEqual(['sallyport.v1']);
  });

  it('logs why there was no attempt', async () => {
    const conversation = new Conversation({ url, token: () => Promise.reject(new Error('Sign in again.')) });
    await conversation.connect();
    expect(made).toHaveLength(0);
    expect(last(conversation)).toMatchObject({ direction: 'note', text: 'Sign in again.', trouble: true });
  });

  it('never logs the token', async () => {
    const { conversation, server } = await open();
    server.end(1006);
    expect(JSON.stringify(conversation.snapshot())).not.toContain('a.b.c');
  });
});

describe('open', () => {
  it('asks who we are, and keeps the answer until the end', async () => {
    const { conversation, server } = await open();
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
    const { conversation, server } = await open();
    conversation.send('hello');
    server.deliver('{"type":"echo","data":"hello"}');
    conversation.request('ping');
    expect(lines(conversation)).toEqual([
      'note Open',
      `sent ${whoami}`,
      'sent hello',
      'received {"type":"echo","data":"hello"}',
      'sent {"action":"ping"}',
    ]);
    expect(last(conversation)).toMatchObject({ direction: 'sent', action: 'ping' });
  });

  it('logs binary data without its bytes', async () => {
    const { conversation, server } = await open();
    server.deliver(new ArrayBuffer(9));
    expect(last(conversation)).toMatchObject({ direction: 'received', text: '', message: { kind: 'binary', size: 9 } });
  });

  it('gives every line its own id and time', async () => {
    vi.useFakeTimers({ now: 5000 });
    const { conversation } = await open();
    conversation.clear();
    conversation.send('x');
    expect(last(conversation)).toMatchObject({ id: 3, at: 5000 });
    vi.useRealTimers();
  });
});

describe('closed', () => {
  it.each<[number, string, string, boolean]>([
    [1001, 'Going away', 'Closed 1001: Going away', false],
    [1009, 'Max frame length of 32768 has been exceeded.', 'Closed 1009: Message too big (Max frame', true],
    [1006, '', 'Closed 1006: Connection lost', true],
  ])('logs %i with its meaning', async (code, reason, text, trouble) => {
    const { conversation, server } = await open();
    server.end(code, reason);
    expect(last(conversation)).toMatchObject({ direction: 'note', text: expect.stringContaining(text), trouble });
  });

  it('logs that the attempt was called off', async () => {
    const conversation = new Conversation({ url, token: async () => 'a.b.c' });
    const connected = conversation.connect();
    conversation.disconnect();
    await connected;
    expect(lines(conversation)).toEqual(['note Called off before it was open']);
  });

  it('sends nothing, and logs nothing as sent', async () => {
    const { conversation, server } = await open();
    server.end(1000);
    const before = lines(conversation);
    expect(conversation.send('late')).toBe(false);
    expect(lines(conversation)).toEqual(before);
  });
});

describe('the log', () => {
  it('keeps the newest lines, and counts those it dropped', async () => {
    const { conversation, server } = await open();
    for (let i = 0; i < logLimit; i++) {
      server.deliver(`${i}`);
    }
    const { entries, dropped } = conversation.snapshot();
    expect(entries).toHaveLength(logLimit);
    expect(entries[0]?.text).toBe('0');
    expect(dropped).toBe(2);
  });

  it('is emptied by clear, which keeps the identity', async () => {
    const { conversation, server } = await open();
    server.deliver(JSON.stringify({ type: 'whoami', data: identity }));
    conversation.clear();
    expect(conversation.snapshot()).toEqual({ entries: [], dropped: 0, identity });
  });
});
