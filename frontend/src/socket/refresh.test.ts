import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { MockWebSocket } from '../testing/mock-web-socket';
import { SocketDesk } from '../testing/socket-desk';
import type { ConnectParams, Refresh } from './options';

const pong = '{"type":"pong"}';
const minute = 60_000;
const start = 1_000_000;
const secret = '{"action":"refresh","token":"x.y.z"}';
const shown = '{"action":"refresh","token":"…"}';

let desk: SocketDesk;
/** When the offer expires, and what the supplier has newer. */
let expires: number;
const refresh = vi.fn<(signal: AbortSignal) => Promise<Refresh | undefined>>();

beforeEach(() => {
  vi.useFakeTimers({ now: start });
  expires = start + 60 * minute;
  refresh.mockReset().mockImplementation(async () => ({ text: secret, shown, expires: expires + 60 * minute }));
  desk = new SocketDesk({ refresh, timing: { heartbeat: 1000 * minute } });
  desk.connectParams.mockImplementation(async () => ({ protocols: ['a'], expires, credential: 'ticket' }));
  return () => vi.useRealTimers();
});

/** An open connection whose refresh is due, and on its way. */
async function due(): Promise<MockWebSocket> {
  const server = await desk.open();
  await desk.pass(59 * minute);
  return server;
}

const refreshed = (at: number) => JSON.stringify({ type: 'refreshed', data: { expires: at / 1000 } });
const error = '{"type":"error","data":{"code":"token_audience","message":"No."}}';

describe('refresh', () => {
  it('extends the connection a minute before its offer expires', async () => {
    const server = await desk.open();
    expect(desk.snapshot('open')).toMatchObject({ expires, credential: 'ticket' });
    await desk.pass(59 * minute - 1);
    expect(server.sent).toEqual([]);
    await desk.pass(1);
    expect(server.sent).toEqual([secret]);
    server.deliver(refreshed(expires + 60 * minute));
    expect(desk.snapshot('open')).toMatchObject({
      expires: expires + 60 * minute,
      credential: 'ticket',
      since: start,
      renewal: start + 105 * minute, // now its age is what ends it first
    });
    await desk.pass(45 * minute);
    expect(desk.made).toHaveLength(1);
    await desk.pass(minute);
    expect(desk.made, 'an old connection is replaced').toHaveLength(2);
  });

  it('tells what may be shown, and never the secret', async () => {
    (await due()).deliver(refreshed(expires + 60 * minute));
    expect(desk.events).toContainEqual({ kind: 'refreshing', text: shown, bytes: secret.length });
    expect(desk.events).toContainEqual({ kind: 'refreshed', expires: expires + 60 * minute });
    expect(JSON.stringify([desk.events, desk.socket.snapshot()])).not.toContain('x.y.z');
  });

  it('goes on and on while tokens last for minutes', async () => {
    expires = start + 4 * minute;
    refresh.mockImplementation(async () => ({ text: secret, shown, expires: Date.now() + 4 * minute }));
    const server = await desk.open();
    for (let round = 1; round < 20; round++) {
      await desk.pass(3 * minute);
      expect(server.sent).toHaveLength(round);
      server.deliver(refreshed(Date.now() + 4 * minute));
    }
    expect(desk.made).toHaveLength(1);
    expect(desk.states).toHaveLength(21);
  });

  it('takes an answer that somebody else asked for', async () => {
    const server = await desk.open();
    desk.socket.send('{"action":"refresh","token":"by.hand."}');
    server.deliver(refreshed(expires + 10 * minute));
    expect(desk.snapshot('open')).toMatchObject({ expires: expires + 10 * minute, renewal: expires + 9 * minute });
  });

  it.each([
    ['an earlier expiry', '{"type":"refreshed","data":{"expires":5}}'],
    ['nonsense', '{"type":"refreshed","data":{"expires":"soon"}}'],
    ['nothing', '{"type":"refreshed"}'],
  ])('never shortens: %s', async (_, answer) => {
    const server = await desk.open();
    server.deliver(answer);
    expect(desk.snapshot('open')).toMatchObject({ expires, renewal: expires - minute });
  });
});

describe('a refresh that fails makes a fresh connection instead', () => {
  /** The next attempt has a newer offer, opens and answers. */
  async function replaced(first: MockWebSocket): Promise<void> {
    expect(desk.made).toHaveLength(2);
    desk.server.accept();
    desk.server.deliver(pong);
    expect(desk.snapshot('open').expires).toBe(expires);
    expect(desk.events).toContainEqual({ kind: 'opened', renewed: true, protocol: '' });
    await desk.pass(10_000);
    expect(first.closeCode).toBe(1000);
  }

  it.each([
    ['an error', error],
    ['a gateway without such a route', '{"message":"Forbidden","connectionId":"a","requestId":"b"}'],
  ])('%s', async (_, answer) => {
    const server = await due();
    expires += 60 * minute;
    server.deliver(answer);
    await desk.pass();
    await replaced(server);
  });

  it('no answer in 20 s', async () => {
    const server = await due();
    expires += 60 * minute;
    await desk.pass(19_999);
    expect(desk.made).toHaveLength(1);
    await desk.pass(1);
    await replaced(server);
  });

  it.each<[string, () => Promise<Refresh | undefined>]>([
    ['nothing to send', async () => undefined],
    ['nothing newer', async () => ({ text: secret, shown, expires: start + 60 * minute })],
    ['a supplier that fails', () => Promise.reject(new Error('out of reach'))],
  ])('%s', async (_, supplier) => {
    refresh.mockImplementation(supplier);
    const server = await desk.open();
    const later = expires + 60 * minute;
    desk.connectParams.mockImplementation(async () => ({ protocols: ['a'], expires: later }));
    await desk.pass(59 * minute);
    expect(server.sent).toEqual([]);
    expires = later;
    await replaced(server);
  });

  it('a supplier that hangs, which is told that nobody waits any more', async () => {
    let signal: AbortSignal | undefined;
    refresh.mockImplementation((given) => {
      signal = given;
      return new Promise(() => {});
    });
    const server = await due();
    expires += 60 * minute;
    expect(signal?.aborted).toBe(false);
    await desk.pass(20_000);
    expect(signal?.aborted).toBe(true);
    await replaced(server);
  });

  it('once: an error that comes without a refresh is no reason', async () => {
    const server = await desk.open();
    server.deliver(error);
    await desk.pass(minute);
    expect(desk.made).toHaveLength(1);
  });

  it('and a late answer does not start another beside it', async () => {
    const { connectParams } = desk;
    desk = new SocketDesk({ refresh, connectParams, timing: { heartbeat: 1000 * minute, handshake: 40_000 } });
    const server = await due();
    const soon = expires + 1000;
    expires += 60 * minute;
    await desk.pass(40_000);
    expect(desk.made).toHaveLength(2);
    server.deliver(refreshed(soon));
    expect(desk.snapshot('open').renewal).toBeLessThan(Date.now() + 20_000);
    await desk.pass(20_000);
    server.deliver(error);
    await desk.pass(19_000);
    expect(server.sent.slice(1)).toEqual([]);
    expect(desk.made).toHaveLength(2);
    expect(desk.server.closeCode).toBeUndefined();
  });
});

describe('an answer that comes when a fresh connection is being made already', () => {
  it.each([
    ['is refused', 1],
    ['has nothing newer to offer', 0],
  ])('is what counts if that one %s', async (_, more) => {
    const server = await due();
    let supply: (connectParams: ConnectParams) => void = () => {};
    desk.connectParams.mockImplementationOnce(() => new Promise((resolve) => (supply = resolve)));
    await desk.pass(20_000);
    const later = expires + 20 * minute;
    server.deliver(refreshed(later));
    supply({ protocols: ['b'], expires: later + more });
    await desk.pass();
    expect(desk.made).toHaveLength(1 + more);
    if (more) desk.server.end(1006);

    expect(desk.snapshot('open')).toMatchObject({ expires: later, renewal: later - minute });
    expires = later;
    await desk.pass(later - minute - Date.now());
    expect(server.sent, 'refreshed again when that is due').toEqual([secret, secret]);
    expect(desk.made).toHaveLength(1 + more);
  });
});

describe('the end of the connection', () => {
  it('ends a refresh, and what it would have sent is not sent by the next', async () => {
    let supply: (refresh: Refresh) => void = () => {};
    refresh.mockImplementation(() => new Promise((resolve) => (supply = resolve)));
    const server = await due();
    server.end(1006);
    await desk.pass(500);
    desk.server.accept();
    supply({ text: secret, shown, expires: expires + 60 * minute });
    await desk.pass();
    expect(desk.made.flatMap(({ sent }) => sent)).toEqual([]);
  });

  it('leaves no timer behind', async () => {
    await due();
    desk.socket.disconnect();
    expect(vi.getTimerCount()).toBe(0);
  });
});
