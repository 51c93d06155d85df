import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { MockWebSocket } from '../testing/mock-web-socket';
import { SocketHarness } from '../testing/socket-harness';

const pong = '{"type":"pong"}';
const minute = 60_000;

let harness: SocketHarness;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  harness = new SocketHarness({ timing: { heartbeat: 1000 * minute } });
  return () => vi.useRealTimers();
});

const closing = (code: string) => JSON.stringify({ type: 'closing', data: { code, message: `Because ${code}.` } });

/** The server sends a closing message, then ends the connection as DeleteConnection does. */
function close(server: MockWebSocket, code: string): void {
  server.deliver(closing(code));
  server.end(1000);
}

/** Two open connections: the second is not confirmed yet. */
async function both(): Promise<[MockWebSocket, MockWebSocket]> {
  const first = await harness.open();
  await harness.pass(105 * minute);
  harness.server.accept();
  return [first, harness.server];
}

const kinds = () => harness.events.map(({ kind }) => kind);

describe('a closing message', () => {
  it.each(['disconnected', 'signed_out', 'too_many_connections', 'something_new'])('with %s is final', async (code) => {
    close(await harness.open(), code);
    expect(harness.snapshot('closed')).toMatchObject({
      ending: { kind: 'closed', code: 1000, closing: { code, message: `Because ${code}.` } },
      gaveUp: false,
    });
    await harness.pass(10 * minute);
    expect(harness.made).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('with token_expired is followed by an automatic attempt with new parameters', async () => {
    close(await harness.open(), 'token_expired');
    expect(harness.snapshot('waiting')).toMatchObject({ ending: { closing: { code: 'token_expired' } } });
    harness.connectParams.mockResolvedValueOnce({ protocols: ['fresh'] });
    await harness.pass(500);
    expect(harness.server.protocols).toEqual(['fresh']);
    expect(harness.connectParams.mock.calls.map(([attempt]) => attempt?.asked)).toEqual([true, false]);
  });

  it('is reported, and ends nothing by itself', async () => {
    const server = await harness.open();
    server.deliver(closing('signed_out'));
    expect(harness.events.at(-1)).toMatchObject({ kind: 'received', message: { type: 'closing' } });
    harness.snapshot('open');
  });

  it.each([
    ['1006', 1006],
    ['1001', 1001],
  ])('is not the reason of a close with %s', async (_, code) => {
    const server = await harness.open();
    server.deliver(closing('signed_out'));
    server.end(code);
    expect(harness.snapshot('waiting').ending).toEqual({ kind: 'closed', code, reason: '', opened: true, lasted: 0 });
  });

  it.each([
    '{"type":"closing"}',
    '{"type":"closing","data":{"code":1,"message":"x"}}',
    '{"type":"closing","data":"x"}',
  ])('is ignored if it is malformed: %s', async (text) => {
    const server = await harness.open();
    server.deliver(text);
    server.end(1000);
    expect(harness.snapshot('closed').ending).not.toHaveProperty('closing');
  });
});

describe('a closing message during a replacement', () => {
  it.each(['signed_out', 'disconnected'])('with %s ends both connections', async (code) => {
    const [first, second] = await both();
    close(first, code);
    expect(harness.snapshot('closed')).toMatchObject({ ending: { closing: { code } } });
    expect(second.closeCode).toBe(1000);
    await harness.pass(10 * minute);
    expect(harness.made).toHaveLength(2);
  });

  it('with signed_out ends a replacement that is not open yet', async () => {
    const first = await harness.open();
    await harness.pass(105 * minute);
    close(first, 'signed_out');
    harness.snapshot('closed');
    expect(harness.server.closeCode).toBe(1000);
  });

  it.each(['too_many_connections', 'token_expired'])('with %s does not end the replacement', async (code) => {
    const [first, second] = await both();
    close(first, code);
    harness.snapshot('open');
    second.deliver(pong);
    harness.socket.send('x');
    expect(second.sent).toContain('x');
  });

  it('on a replaced connection is not reported', async () => {
    const [first, second] = await both();
    second.deliver(pong);
    const before = kinds();
    close(first, 'too_many_connections');
    expect(kinds()).toEqual(before);
    harness.snapshot('open');
  });

  it('is not treated as a copy', async () => {
    const [first, second] = await both();
    second.deliver(pong);
    first.deliver(closing('signed_out'));
    second.deliver(closing('signed_out'));
    expect(kinds().filter((kind) => kind === 'received')).toHaveLength(2); // pong, and the one that counts
    second.end(1000);
    expect(harness.snapshot('closed')).toMatchObject({ ending: { closing: { code: 'signed_out' } } });
  });
});

describe('an attempt', () => {
  it('aborts the signal of connectParams when it ends', async () => {
    const signals: AbortSignal[] = [];
    harness.connectParams.mockImplementation((attempt) => {
      signals.push(...(attempt ? [attempt.signal] : []));
      return new Promise(() => {});
    });
    harness.socket.connect();
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    harness.socket.disconnect();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    harness.socket.connect();
    await harness.pass(20_000);
    expect(harness.snapshot('waiting').ending).toMatchObject({ kind: 'timeout' });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });
});
