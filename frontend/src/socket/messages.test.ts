import { beforeEach, describe, expect, it, vi } from 'vitest';
import { SocketDesk } from '../testing/socket-desk';

let desk: SocketDesk;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  desk = new SocketDesk();
  return () => vi.useRealTimers();
});

describe('heartbeat', () => {
  const ping = '{"action":"ping"}';

  it('pings after nine minutes without a message, and measures the answer', async () => {
    const server = await desk.open();
    await desk.pass(539_999);
    expect(server.sent).toEqual([]);
    await desk.pass(1);
    expect(server.sent).toEqual([ping]);
    await desk.pass(40);
    server.deliver('{"type":"pong"}');
    expect(desk.events.slice(1, 3)).toEqual([
      { kind: 'pinged', text: ping },
      { kind: 'ponged', milliseconds: 40 },
    ]);
    await desk.pass(540_000);
    expect(server.sent).toEqual([ping, ping]);
  });

  it('does not ping while messages pass, in either direction', async () => {
    const server = await desk.open();
    for (let minute = 0; minute < 30; minute += 5) {
      await desk.pass(300_000);
      minute % 2 === 0 ? desk.socket.send('x') : server.deliver('x');
    }
    expect(server.sent).not.toContain(ping);
  });

  it('loses the connection when nothing comes back', async () => {
    const server = await desk.open();
    desk.socket.ping();
    desk.socket.ping();
    expect(server.sent).toEqual([ping]);
    await desk.pass(10_000);
    expect(desk.snapshot('waiting').ending).toEqual({ kind: 'silent', opened: true, lasted: 10_000 });
    expect(server.closeCode).toBe(1000);
  });

  it('takes any message for a sign of life', async () => {
    const server = await desk.open();
    desk.socket.ping();
    server.deliver('hello');
    await desk.pass(10_000);
    desk.snapshot('open');
  });
});

describe('queue', () => {
  it('keeps what is sent meanwhile, and sends it in order', async () => {
    desk.socket.connect();
    expect([desk.socket.send('a'), desk.socket.send('b')]).toEqual([
      { id: 1, outcome: 'queued' },
      { id: 2, outcome: 'queued' },
    ]);
    expect(desk.socket.snapshot().queued).toBe(2);
    await desk.pass();
    desk.server.accept();
    desk.socket.send('c');
    expect(desk.server.sent).toEqual(['a', 'b', 'c']);
    expect(desk.events.slice(0, 2)).toEqual([
      { kind: 'settled', id: 1, outcome: 'sent' },
      { kind: 'settled', id: 2, outcome: 'sent' },
    ]);
    expect(desk.snapshot('open').queued).toBe(0);
  });

  it('sends what a listener adds after what was there', async () => {
    desk.socket.connect();
    desk.socket.send('a');
    desk.socket.send('b');
    desk.socket.listen((event) => event.kind === 'settled' && event.id === 1 && desk.socket.send('c'));
    await desk.pass();
    desk.server.accept();
    expect(desk.server.sent).toEqual(['a', 'b', 'c']);
  });

  it('keeps what a closing connection did not take', async () => {
    const server = await desk.open();
    server.readyState = WebSocket.CLOSING;
    expect(desk.socket.send('a').outcome).toBe('queued');
    server.end(1001);
    await desk.pass(500);
    desk.server.accept();
    expect(desk.server.sent).toEqual(['a']);
  });

  it('is bounded, in messages and in characters', async () => {
    desk = new SocketDesk({ limits: { queuedMessages: 2, queuedCharacters: 10 } });
    desk.socket.connect();
    const outcomes = ['12345', '123456', '12345', '', 'x'].map((text) => desk.socket.send(text).outcome);
    expect(outcomes).toEqual(['queued', 'dropped', 'queued', 'dropped', 'dropped']);
  });

  it('is dropped when the connection is closed for good', async () => {
    desk.socket.connect();
    desk.socket.send('a');
    desk.socket.disconnect();
    expect(desk.events[0]).toEqual({ kind: 'settled', id: 1, outcome: 'dropped' });
    expect(desk.socket.snapshot().queued).toBe(0);
    desk.socket.connect();
    await desk.pass();
    desk.server.accept();
    expect(desk.server.sent).toEqual([]);
  });
});

describe('request', () => {
  const isWhoami = (message: { kind: string }) => 'type' in message && message.type === 'whoami';

  it('resolves with its reply, whatever comes between', async () => {
    const server = await desk.open();
    const reply = desk.socket.request('{"action":"whoami"}', isWhoami);
    server.deliver('{"type":"log"}');
    server.deliver('{"type":"whoami","data":7}');
    expect(await reply).toEqual({ kind: 'typed', type: 'whoami', data: 7 });
  });

  it('gives each reply to one request, the oldest', async () => {
    const server = await desk.open();
    const replies = [desk.socket.request('1', isWhoami), desk.socket.request('2', isWhoami)];
    server.deliver('{"type":"whoami","data":1}');
    server.deliver('{"type":"whoami","data":2}');
    expect((await Promise.all(replies)).map((reply) => 'data' in reply && reply.data)).toEqual([1, 2]);
  });

  it('rejects when none comes in time, or the connection ends', async () => {
    const server = await desk.open();
    const late = desk.socket.request('1', isWhoami, 50);
    const lost = desk.socket.request('2', isWhoami);
    void Promise.all([
      expect(late).rejects.toThrow('no reply within 50 ms'),
      expect(lost).rejects.toThrow('ended before'),
    ]);
    await desk.pass(50);
    server.end(1006);
    await Promise.allSettled([late, lost]);
  });
});
