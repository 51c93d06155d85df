import { beforeEach, describe, expect, it, vi } from 'vitest';
import { SocketHarness } from '../testing/socket-harness';

let harness: SocketHarness;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  harness = new SocketHarness();
  return () => vi.useRealTimers();
});

describe('heartbeat', () => {
  const ping = '{"action":"ping"}';

  it('pings after nine minutes without a message, and measures the answer', async () => {
    const server = await harness.open();
    await harness.pass(539_999);
    expect(server.sent).toEqual([]);
    await harness.pass(1);
    expect(server.sent).toEqual([ping]);
    await harness.pass(40);
    server.deliver('{"type":"pong"}');
    expect(harness.events.slice(1, 3)).toEqual([
      { kind: 'pinged', text: ping },
      { kind: 'ponged', milliseconds: 40 },
    ]);
    await harness.pass(540_000);
    expect(server.sent).toEqual([ping, ping]);
  });

  it('does not ping while messages pass, in either direction', async () => {
    const server = await harness.open();
    for (let minute = 0; minute < 30; minute += 5) {
      await harness.pass(300_000);
      minute % 2 === 0 ? harness.socket.send('x') : server.deliver('x');
    }
    expect(server.sent).not.toContain(ping);
  });

  it('ends the connection when no message comes after a ping', async () => {
    const server = await harness.open();
    harness.socket.ping();
    harness.socket.ping();
    expect(server.sent).toEqual([ping]);
    await harness.pass(10_000);
    expect(harness.snapshot('waiting').ending).toEqual({ kind: 'timeout', opened: true, lasted: 10_000 });
    expect(server.closeCode).toBe(1000);
  });

  it('accepts any message after a ping', async () => {
    const server = await harness.open();
    harness.socket.ping();
    server.deliver('hello');
    await harness.pass(10_000);
    harness.snapshot('open');
  });
});

describe('queue', () => {
  it('keeps messages until the connection is open, and sends them in order', async () => {
    harness.socket.connect();
    expect([harness.socket.send('a'), harness.socket.send('b')]).toEqual([
      { id: 1, outcome: 'queued' },
      { id: 2, outcome: 'queued' },
    ]);
    expect(harness.socket.snapshot().queued).toBe(2);
    await harness.pass();
    harness.server.accept();
    harness.socket.send('c');
    expect(harness.server.sent).toEqual(['a', 'b', 'c']);
    expect(harness.events.slice(0, 2)).toEqual([
      { kind: 'settled', id: 1, outcome: 'sent' },
      { kind: 'settled', id: 2, outcome: 'sent' },
    ]);
    expect(harness.snapshot('open').queued).toBe(0);
  });

  it('sends the message of a listener after the earlier ones', async () => {
    harness.socket.connect();
    harness.socket.send('a');
    harness.socket.send('b');
    harness.socket.listen((event) => event.kind === 'settled' && event.id === 1 && harness.socket.send('c'));
    await harness.pass();
    harness.server.accept();
    expect(harness.server.sent).toEqual(['a', 'b', 'c']);
  });

  it('keeps a message that a closing connection did not send', async () => {
    const server = await harness.open();
    server.readyState = WebSocket.CLOSING;
    expect(harness.socket.send('a').outcome).toBe('queued');
    server.end(1001);
    await harness.pass(500);
    harness.server.accept();
    expect(harness.server.sent).toEqual(['a']);
  });

  it('is limited in messages and in characters', async () => {
    harness = new SocketHarness({ limits: { queuedMessages: 2, queuedCharacters: 10 } });
    harness.socket.connect();
    const outcomes = ['12345', '123456', '12345', '', 'x'].map((text) => harness.socket.send(text).outcome);
    expect(outcomes).toEqual(['queued', 'dropped', 'queued', 'dropped', 'dropped']);
  });

  it('is dropped on disconnect', async () => {
    harness.socket.connect();
    harness.socket.send('a');
    harness.socket.disconnect();
    expect(harness.events[0]).toEqual({ kind: 'settled', id: 1, outcome: 'dropped' });
    expect(harness.socket.snapshot().queued).toBe(0);
    harness.socket.connect();
    await harness.pass();
    harness.server.accept();
    expect(harness.server.sent).toEqual([]);
  });
});

describe('request', () => {
  const isWhoami = (message: { kind: string }) => 'type' in message && message.type === 'whoami';

  it('resolves with its reply, and ignores other messages', async () => {
    const server = await harness.open();
    const reply = harness.socket.request('{"action":"whoami"}', isWhoami);
    server.deliver('{"type":"log"}');
    server.deliver('{"type":"whoami","data":7}');
    expect(await reply).toEqual({ kind: 'typed', type: 'whoami', data: 7 });
  });

  it('matches each reply with the oldest request', async () => {
    const server = await harness.open();
    const replies = [harness.socket.request('1', isWhoami), harness.socket.request('2', isWhoami)];
    server.deliver('{"type":"whoami","data":1}');
    server.deliver('{"type":"whoami","data":2}');
    expect((await Promise.all(replies)).map((reply) => 'data' in reply && reply.data)).toEqual([1, 2]);
  });

  it('rejects when no reply comes in time, or the connection ends', async () => {
    const server = await harness.open();
    const late = harness.socket.request('1', isWhoami, 50);
    const lost = harness.socket.request('2', isWhoami);
    void Promise.all([
      expect(late).rejects.toThrow('no reply within 50 ms'),
      expect(lost).rejects.toThrow('ended before'),
    ]);
    await harness.pass(50);
    server.end(1006);
    await Promise.allSettled([late, lost]);
  });
});
