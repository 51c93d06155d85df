import { beforeEach, describe, expect, it, vi } from 'vitest';
import { SocketDesk } from '../testing/socket-desk';
import { CannotConnect, type ConnectParams } from './options';

let desk: SocketDesk;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  desk = new SocketDesk();
  return () => vi.useRealTimers();
});

describe('idle', () => {
  it('is where it begins, without a timer or a listener', () => {
    expect(desk.socket.snapshot()).toEqual({ state: 'idle', queued: 0 });
    expect([vi.getTimerCount(), desk.signals.watched]).toEqual([0, 0]);
  });

  it('drops messages, and does not disconnect', async () => {
    expect(desk.socket.send('x').outcome).toBe('dropped');
    desk.socket.disconnect();
    desk.socket.ping();
    expect(desk.states).toEqual([]);
    await expect(desk.socket.request('x', () => true)).rejects.toThrow('no open connection');
  });
});

describe('connecting', () => {
  it('waits for the desk.offer, then makes it', async () => {
    desk.socket.connect();
    expect(desk.socket.snapshot()).toEqual({ state: 'connecting', attempt: 1, queued: 0 });
    expect(desk.made).toHaveLength(0);
    await desk.pass();
    expect(desk.server).toMatchObject({
      url: 'wss://api.example/live',
      protocols: ['sallyport.v1', 'bearer.a.b.c'],
      binaryType: 'arraybuffer',
    });
  });

  it('becomes open', async () => {
    await desk.open();
    expect(desk.states).toEqual(['connecting', 'open']);
    expect(desk.snapshot('open')).toMatchObject({ protocol: 'sallyport.v1', since: 1_000_000, expires: undefined });
    expect(desk.events).toEqual([{ kind: 'opened', renewed: false, protocol: 'sallyport.v1' }]);
  });

  it('waits for another attempt when the handshake fails', async () => {
    (await desk.connect()).end(1006);
    expect(desk.snapshot('waiting')).toMatchObject({ attempt: 2, until: 1_000_500, offline: false });
    expect(desk.snapshot('waiting').ending).toEqual({
      kind: 'closed',
      code: 1006,
      reason: '',
      opened: false,
      lasted: 0,
    });
  });

  it('waits when nothing answers in time', async () => {
    await desk.connect();
    await desk.pass(20_000);
    expect(desk.snapshot('waiting').ending).toEqual({ kind: 'silent', opened: false, lasted: 0 });
    expect(desk.server.closeCode).toBe(1000);
  });

  it('waits when the supplier fails', async () => {
    desk.connectParams.mockRejectedValueOnce(new Error('The issuer is out of reach'));
    desk.socket.connect();
    await desk.pass();
    expect(desk.snapshot('waiting').ending).toEqual({
      kind: 'failed',
      message: 'The issuer is out of reach',
      final: false,
    });
    expect(desk.made).toHaveLength(0);
  });

  it('closes when there is nothing to offer', async () => {
    desk.connectParams.mockRejectedValueOnce(new CannotConnect('Sign in again'));
    desk.socket.connect();
    await desk.pass();
    expect(desk.snapshot('closed')).toMatchObject({
      ending: { kind: 'failed', message: 'Sign in again' },
      gaveUp: false,
    });
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
    desk.socket.connect();
    await desk.pass();
    expect(desk.snapshot('closed').ending).toEqual({ kind: 'failed', message: 'The URL is invalid', final: true });
  });

  it('closes at one refusal of an offer that cannot be bettered', async () => {
    desk.connectParams.mockResolvedValueOnce({ protocols: ['sallyport.v1'], once: true });
    (await desk.connect()).end(1006);
    expect(desk.snapshot('closed')).toMatchObject({ ending: { code: 1006 }, gaveUp: false });
  });

  it('is called off before the offer is there', async () => {
    desk.socket.connect();
    desk.socket.disconnect();
    await desk.pass();
    expect(desk.made).toHaveLength(0);
    expect(desk.states).toEqual(['connecting', 'closed']);
    expect(desk.snapshot('closed').ending).toEqual({ kind: 'left', opened: false, lasted: 0 });
  });

  it('is called off during the handshake', async () => {
    const server = await desk.connect();
    desk.socket.disconnect();
    expect(server.closeCode).toBe(1000);
    server.end(1006);
    expect(desk.states).toEqual(['connecting', 'closed']);
  });

  it('takes no second attempt', async () => {
    desk.socket.connect();
    await desk.connect();
    expect(desk.made).toHaveLength(1);
  });

  it('lets only the newest attempt make a WebSocket', async () => {
    let answerFirst = (_: ConnectParams) => {};
    desk.connectParams.mockImplementationOnce(() => new Promise((resolve) => (answerFirst = resolve)));
    desk.socket.connect();
    desk.socket.disconnect();
    await desk.connect();
    answerFirst({ protocols: ['old'] });
    await desk.pass();
    expect(desk.made.map(({ protocols }) => protocols[0])).toEqual(['sallyport.v1']);
  });
});

describe('open', () => {
  it('sends text', async () => {
    const server = await desk.open();
    expect(desk.socket.send('hello')).toEqual({ id: 1, outcome: 'sent' });
    expect(desk.socket.send('').outcome).toBe('sent');
    expect(server.sent).toEqual(['hello', '']);
  });

  it('tells of messages until one stops listening', async () => {
    const server = await desk.open();
    const listener = vi.fn();
    const stop = desk.socket.listen(listener);
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
    const server = await desk.open();
    server.end(code);
    expect(desk.snapshot('waiting')).toMatchObject({ ending: { kind: 'closed', code, opened: true } });
  });

  it.each([1000, 1008, 1010, 3000, 3003, 4000, 4401, 4999])('closes after %i, which is meant so', async (code) => {
    const server = await desk.open();
    server.end(code);
    expect(desk.snapshot('closed')).toMatchObject({ ending: { code }, gaveUp: false });
  });

  it('disconnects with code 1000, at once', async () => {
    const server = await desk.open();
    await desk.pass(5000);
    desk.socket.disconnect();
    expect(server.closeCode).toBe(1000);
    expect(desk.snapshot('closed').ending).toEqual({ kind: 'left', opened: true, lasted: 5000 });
    server.deliver('late');
    expect(desk.events.filter(({ kind }) => kind === 'received')).toEqual([]);
    expect([vi.getTimerCount(), desk.signals.watched]).toEqual([0, 0]);
  });

  it('goes on when a listener throws', async () => {
    const reported = vi.fn();
    vi.stubGlobal('reportError', reported);
    desk.socket.listen(() => {
      throw new Error('a mistake');
    });
    const after = vi.fn();
    desk.socket.listen(after);
    await desk.open();
    expect(reported).toHaveBeenCalledOnce();
    expect(after).toHaveBeenCalledOnce();
  });

  it('lets a listener disconnect in every event', async () => {
    desk.socket.listen(() => desk.socket.disconnect());
    desk.socket.subscribe(() => desk.socket.snapshot().state === 'waiting' && desk.socket.disconnect());
    await desk.open();
    expect(desk.states).toEqual(['connecting', 'open', 'closed']);
    (await desk.connect()).end(1006);
    expect(desk.snapshot('closed').ending.kind).toBe('left');
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('snapshot', () => {
  it('is the same object between changes', async () => {
    await desk.open();
    expect(desk.socket.snapshot()).toBe(desk.socket.snapshot());
  });

  it('is told of until one stops following', async () => {
    const follower = vi.fn();
    desk.socket.subscribe(follower)();
    await desk.open();
    expect(follower).not.toHaveBeenCalled();
  });
});
