import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { MockWebSocket } from '../testing/mock-web-socket';
import { SocketDesk } from '../testing/socket-desk';

const pong = '{"type":"pong"}';
const minute = 60_000;

let desk: SocketDesk;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  desk = new SocketDesk({ timing: { heartbeat: 1000 * minute } });
  return () => vi.useRealTimers();
});

const closing = (code: string) => JSON.stringify({ type: 'closing', data: { code, message: `Because ${code}.` } });

/** The server says why, then ends the connection as DeleteConnection does. */
function say(server: MockWebSocket, code: string): void {
  server.deliver(closing(code));
  server.end(1000);
}

/** Two open connections: the second is not confirmed yet. */
async function both(): Promise<[MockWebSocket, MockWebSocket]> {
  const first = await desk.open();
  await desk.pass(105 * minute);
  desk.server.accept();
  return [first, desk.server];
}

const kinds = () => desk.events.map(({ kind }) => kind);

describe('a closing message', () => {
  it.each(['disconnected', 'signed_out', 'too_many_connections', 'something_new'])(
    'of %s is the last word',
    async (code) => {
      say(await desk.open(), code);
      expect(desk.snapshot('closed')).toMatchObject({
        ending: { kind: 'closed', code: 1000, closing: { code, message: `Because ${code}.` } },
        gaveUp: false,
      });
      await desk.pass(10 * minute);
      expect(desk.made).toHaveLength(1);
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  it('of token_expired lets it come back with a fresh offer, which nobody asked for', async () => {
    say(await desk.open(), 'token_expired');
    expect(desk.snapshot('waiting')).toMatchObject({ ending: { closing: { code: 'token_expired' } } });
    desk.connectParams.mockResolvedValueOnce({ protocols: ['fresh'] });
    await desk.pass(500);
    expect(desk.server.protocols).toEqual(['fresh']);
    expect(desk.connectParams.mock.calls.map(([attempt]) => attempt?.asked)).toEqual([true, false]);
  });

  it('is told of, and does not end anything by itself', async () => {
    const server = await desk.open();
    server.deliver(closing('signed_out'));
    expect(desk.events.at(-1)).toMatchObject({ kind: 'received', message: { type: 'closing' } });
    desk.snapshot('open');
  });

  it.each([
    ['1006', 1006],
    ['1001', 1001],
  ])('is no reason of a close with %s, which has its own', async (_, code) => {
    const server = await desk.open();
    server.deliver(closing('signed_out'));
    server.end(code);
    expect(desk.snapshot('waiting').ending).toEqual({ kind: 'closed', code, reason: '', opened: true, lasted: 0 });
  });

  it.each([
    '{"type":"closing"}',
    '{"type":"closing","data":{"code":1,"message":"x"}}',
    '{"type":"closing","data":"x"}',
  ])('that is malformed is none: %s', async (text) => {
    const server = await desk.open();
    server.deliver(text);
    server.end(1000);
    expect(desk.snapshot('closed').ending).not.toHaveProperty('closing');
  });
});

describe('a closing while a fresh connection is made', () => {
  it.each(['signed_out', 'disconnected'])('of %s ends both', async (code) => {
    const [first, second] = await both();
    say(first, code);
    expect(desk.snapshot('closed')).toMatchObject({ ending: { closing: { code } } });
    expect(second.closeCode).toBe(1000);
    await desk.pass(10 * minute);
    expect(desk.made).toHaveLength(2);
  });

  it('of signed_out ends even the one that is not open yet', async () => {
    const first = await desk.open();
    await desk.pass(105 * minute);
    say(first, 'signed_out');
    desk.snapshot('closed');
    expect(desk.server.closeCode).toBe(1000);
  });

  it.each(['too_many_connections', 'token_expired'])('of %s leaves the fresh one, which carries on', async (code) => {
    const [first, second] = await both();
    say(first, code);
    desk.snapshot('open');
    second.deliver(pong);
    desk.socket.send('x');
    expect(second.sent).toContain('x');
  });

  it('of the one that is replaced is nobody’s business', async () => {
    const [first, second] = await both();
    second.deliver(pong);
    const before = kinds();
    say(first, 'too_many_connections');
    expect(kinds()).toEqual(before);
    desk.snapshot('open');
  });

  it('is never taken for the copy of another', async () => {
    const [first, second] = await both();
    second.deliver(pong);
    first.deliver(closing('signed_out'));
    second.deliver(closing('signed_out'));
    expect(kinds().filter((kind) => kind === 'received')).toHaveLength(2); // pong, and the one that counts
    second.end(1000);
    expect(desk.snapshot('closed')).toMatchObject({ ending: { closing: { code: 'signed_out' } } });
  });
});

describe('an attempt', () => {
  it('tells its supplier when nobody waits for the offer any more', async () => {
    const signals: AbortSignal[] = [];
    desk.connectParams.mockImplementation((attempt) => {
      signals.push(...(attempt ? [attempt.signal] : []));
      return new Promise(() => {});
    });
    desk.socket.connect();
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
    desk.socket.disconnect();
    expect(signals.map(({ aborted }) => aborted)).toEqual([true]);
    desk.socket.connect();
    await desk.pass(20_000);
    expect(desk.snapshot('waiting').ending).toMatchObject({ kind: 'silent' });
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
  });
});
