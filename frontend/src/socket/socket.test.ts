import { beforeEach, describe, expect, it, vi } from 'vitest';
import { SocketHarness } from '../testing/socket-harness';
import { CannotConnect, type ConnectParams } from './options';

let harness: SocketHarness;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  harness = new SocketHarness();
  return () => vi.useRealTimers();
});

describe('idle', () => {
  it('is the first state, without a timer or a listener', () => {
    expect(harness.socket.snapshot()).toEqual({ state: 'idle', queued: 0 });
    expect([vi.getTimerCount(), harness.signals.watched]).toEqual([0, 0]);
  });

  it('drops messages, and does not disconnect', async () => {
    expect(harness.socket.send('x').outcome).toBe('dropped');
    harness.socket.disconnect();
    harness.socket.ping();
    expect(harness.states).toEqual([]);
    await expect(harness.socket.request('x', () => true)).rejects.toThrow('no open connection');
  });
});

describe('connecting', () => {
  it('opens a WebSocket with the supplied parameters', async () => {
    harness.socket.connect();
    expect(harness.socket.snapshot()).toEqual({ state: 'connecting', attempt: 1, queued: 0 });
    expect(harness.made).toHaveLength(0);
    await harness.pass();
    expect(harness.server).toMatchObject({
      url: 'wss://api.example/live',
      protocols: ['sallyport.v1', 'bearer.a.b.c'],
      binaryType: 'arraybuffer',
    });
  });

  it('becomes open', async () => {
    await harness.open();
    expect(harness.states).toEqual(['connecting', 'open']);
    expect(harness.snapshot('open')).toMatchObject({ protocol: 'sallyport.v1', since: 1_000_000, expires: undefined });
    expect(harness.events).toEqual([{ kind: 'opened', renewed: false, protocol: 'sallyport.v1' }]);
  });

  it('waits for another attempt when the handshake fails', async () => {
    (await harness.connect()).end(1006);
    expect(harness.snapshot('waiting')).toMatchObject({ attempt: 2, until: 1_000_500, offline: false });
    expect(harness.snapshot('waiting').ending).toEqual({
      kind: 'closed',
      code: 1006,
      reason: '',
      opened: false,
      lasted: 0,
    });
  });

  it('waits when the server does not answer in time', async () => {
    await harness.connect();
    await harness.pass(20_000);
    expect(harness.snapshot('waiting').ending).toEqual({ kind: 'timeout', opened: false, lasted: 0 });
    expect(harness.server.closeCode).toBe(1000);
  });

  it('waits when connectParams fails', async () => {
    harness.connectParams.mockRejectedValueOnce(new Error('The issuer is out of reach'));
    harness.socket.connect();
    await harness.pass();
    expect(harness.snapshot('waiting').ending).toEqual({
      kind: 'failed',
      message: 'The issuer is out of reach',
      final: false,
    });
    expect(harness.made).toHaveLength(0);
  });

  it('closes when connectParams throws CannotConnect', async () => {
    harness.connectParams.mockRejectedValueOnce(new CannotConnect('Sign in again'));
    harness.socket.connect();
    await harness.pass();
    expect(harness.snapshot('closed')).toMatchObject({
      ending: { kind: 'failed', message: 'Sign in again' },
      gaveUp: false,
    });
  });

  it('closes when the browser rejects the address', async () => {
    vi.stubGlobal(
      'WebSocket',
      class {
        constructor() {
          throw new SyntaxError('The URL is invalid');
        }
      },
    );
    harness.socket.connect();
    await harness.pass();
    expect(harness.snapshot('closed').ending).toEqual({ kind: 'failed', message: 'The URL is invalid', final: true });
  });

  it('closes after one refusal of parameters with once', async () => {
    harness.connectParams.mockResolvedValueOnce({ protocols: ['sallyport.v1'], once: true });
    (await harness.connect()).end(1006);
    expect(harness.snapshot('closed')).toMatchObject({ ending: { code: 1006 }, gaveUp: false });
  });

  it('is canceled before the parameters are supplied', async () => {
    harness.socket.connect();
    harness.socket.disconnect();
    await harness.pass();
    expect(harness.made).toHaveLength(0);
    expect(harness.states).toEqual(['connecting', 'closed']);
    expect(harness.snapshot('closed').ending).toEqual({ kind: 'disconnected', opened: false, lasted: 0 });
  });

  it('is canceled during the handshake', async () => {
    const server = await harness.connect();
    harness.socket.disconnect();
    expect(server.closeCode).toBe(1000);
    server.end(1006);
    expect(harness.states).toEqual(['connecting', 'closed']);
  });

  it('ignores a second connect', async () => {
    harness.socket.connect();
    await harness.connect();
    expect(harness.made).toHaveLength(1);
  });

  it('opens a WebSocket only for the newest attempt', async () => {
    let answerFirst = (_: ConnectParams) => {};
    harness.connectParams.mockImplementationOnce(() => new Promise((resolve) => (answerFirst = resolve)));
    harness.socket.connect();
    harness.socket.disconnect();
    await harness.connect();
    answerFirst({ protocols: ['old'] });
    await harness.pass();
    expect(harness.made.map(({ protocols }) => protocols[0])).toEqual(['sallyport.v1']);
  });
});

describe('open', () => {
  it('sends text', async () => {
    const server = await harness.open();
    expect(harness.socket.send('hello')).toEqual({ id: 1, outcome: 'sent' });
    expect(harness.socket.send('').outcome).toBe('sent');
    expect(server.sent).toEqual(['hello', '']);
  });

  it('reports messages to a listener until it unsubscribes', async () => {
    const server = await harness.open();
    const listener = vi.fn();
    const stop = harness.socket.listen(listener);
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
    const server = await harness.open();
    server.end(code);
    expect(harness.snapshot('waiting')).toMatchObject({ ending: { kind: 'closed', code, opened: true } });
  });

  it.each([1000, 1008, 1010, 3000, 3003, 4000, 4401, 4999])('closes after %i, which is final', async (code) => {
    const server = await harness.open();
    server.end(code);
    expect(harness.snapshot('closed')).toMatchObject({ ending: { code }, gaveUp: false });
  });

  it('disconnects with code 1000, at once', async () => {
    const server = await harness.open();
    await harness.pass(5000);
    harness.socket.disconnect();
    expect(server.closeCode).toBe(1000);
    expect(harness.snapshot('closed').ending).toEqual({ kind: 'disconnected', opened: true, lasted: 5000 });
    server.deliver('late');
    expect(harness.events.filter(({ kind }) => kind === 'received')).toEqual([]);
    expect([vi.getTimerCount(), harness.signals.watched]).toEqual([0, 0]);
  });

  it('continues when a listener throws', async () => {
    const reported = vi.fn();
    vi.stubGlobal('reportError', reported);
    harness.socket.listen(() => {
      throw new Error('a mistake');
    });
    const after = vi.fn();
    harness.socket.listen(after);
    await harness.open();
    expect(reported).toHaveBeenCalledOnce();
    expect(after).toHaveBeenCalledOnce();
  });

  it('allows a listener to disconnect in every event', async () => {
    harness.socket.listen(() => harness.socket.disconnect());
    harness.socket.subscribe(() => harness.socket.snapshot().state === 'waiting' && harness.socket.disconnect());
    await harness.open();
    expect(harness.states).toEqual(['connecting', 'open', 'closed']);
    (await harness.connect()).end(1006);
    expect(harness.snapshot('closed').ending.kind).toBe('disconnected');
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('snapshot', () => {
  it('is the same object between changes', async () => {
    await harness.open();
    expect(harness.socket.snapshot()).toBe(harness.socket.snapshot());
  });

  it('is not reported to a subscriber that has unsubscribed', async () => {
    const follower = vi.fn();
    harness.socket.subscribe(follower)();
    await harness.open();
    expect(follower).not.toHaveBeenCalled();
  });
});
