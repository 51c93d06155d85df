import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { MockWebSocket } from '../testing/mock-web-socket';
import { SocketHarness } from '../testing/socket-harness';
import type { ConnectParams, Refresh } from './options';

const pong = '{"type":"pong"}';
const minute = 60_000;
const start = 1_000_000;
const secret = '{"action":"refresh","token":"x.y.z"}';
const shown = '{"action":"refresh","token":"…"}';

let harness: SocketHarness;
/** When the credential expires. */
let expires: number;
const refresh = vi.fn<(signal: AbortSignal) => Promise<Refresh | undefined>>();

beforeEach(() => {
  vi.useFakeTimers({ now: start });
  expires = start + 60 * minute;
  refresh.mockReset().mockImplementation(async () => ({ text: secret, shown, expires: expires + 60 * minute }));
  harness = new SocketHarness({ refresh, timing: { heartbeat: 1000 * minute } });
  harness.connectParams.mockImplementation(async () => ({ protocols: ['a'], expires, credential: 'ticket' }));
  return () => vi.useRealTimers();
});

/** Opens a connection and waits until its refresh is sent. */
async function due(): Promise<MockWebSocket> {
  const server = await harness.open();
  await harness.pass(59 * minute);
  return server;
}

const refreshed = (at: number) => JSON.stringify({ type: 'refreshed', data: { expires: at / 1000 } });
const error = '{"type":"error","data":{"code":"token_audience","message":"No."}}';

describe('refresh', () => {
  it('extends the connection a minute before its credential expires', async () => {
    const server = await harness.open();
    expect(harness.snapshot('open')).toMatchObject({ expires, credential: 'ticket' });
    await harness.pass(59 * minute - 1);
    expect(server.sent).toEqual([]);
    await harness.pass(1);
    expect(server.sent).toEqual([secret]);
    server.deliver(refreshed(expires + 60 * minute));
    expect(harness.snapshot('open')).toMatchObject({
      expires: expires + 60 * minute,
      credential: 'ticket',
      since: start,
      renewal: start + 105 * minute, // the age limit comes first now
    });
    await harness.pass(45 * minute);
    expect(harness.made).toHaveLength(1);
    await harness.pass(minute);
    expect(harness.made, 'an old connection is replaced').toHaveLength(2);
  });

  it('reports the text without the secret', async () => {
    (await due()).deliver(refreshed(expires + 60 * minute));
    expect(harness.events).toContainEqual({ kind: 'refreshing', text: shown, bytes: secret.length });
    expect(harness.events).toContainEqual({ kind: 'refreshed', expires: expires + 60 * minute });
    expect(JSON.stringify([harness.events, harness.socket.snapshot()])).not.toContain('x.y.z');
  });

  it('repeats while tokens are valid for minutes only', async () => {
    expires = start + 4 * minute;
    refresh.mockImplementation(async () => ({ text: secret, shown, expires: Date.now() + 4 * minute }));
    const server = await harness.open();
    for (let round = 1; round < 20; round++) {
      await harness.pass(3 * minute);
      expect(server.sent).toHaveLength(round);
      server.deliver(refreshed(Date.now() + 4 * minute));
    }
    expect(harness.made).toHaveLength(1);
    expect(harness.states).toHaveLength(21);
  });

  it('uses a reply to a refresh that the caller sent', async () => {
    const server = await harness.open();
    harness.socket.send('{"action":"refresh","token":"by.hand."}');
    server.deliver(refreshed(expires + 10 * minute));
    expect(harness.snapshot('open')).toMatchObject({ expires: expires + 10 * minute, renewal: expires + 9 * minute });
  });

  it.each([
    ['an earlier expiry', '{"type":"refreshed","data":{"expires":5}}'],
    ['nonsense', '{"type":"refreshed","data":{"expires":"soon"}}'],
    ['nothing', '{"type":"refreshed"}'],
  ])('does not shorten the life for %s', async (_, answer) => {
    const server = await harness.open();
    server.deliver(answer);
    expect(harness.snapshot('open')).toMatchObject({ expires, renewal: expires - minute });
  });
});

describe('a failed refresh causes a replacement', () => {
  /** Expects a second connection. It opens, answers, and replaces the first one. */
  async function replaced(first: MockWebSocket): Promise<void> {
    expect(harness.made).toHaveLength(2);
    harness.server.accept();
    harness.server.deliver(pong);
    expect(harness.snapshot('open').expires).toBe(expires);
    expect(harness.events).toContainEqual({ kind: 'opened', renewed: true, protocol: '' });
    await harness.pass(10_000);
    expect(first.closeCode).toBe(1000);
  }

  it.each([
    ['an error', error],
    ['a gateway without this route', '{"message":"Forbidden","connectionId":"a","requestId":"b"}'],
  ])('%s', async (_, answer) => {
    const server = await due();
    expires += 60 * minute;
    server.deliver(answer);
    await harness.pass();
    await replaced(server);
  });

  it('after 20 s without a reply', async () => {
    const server = await due();
    expires += 60 * minute;
    await harness.pass(19_999);
    expect(harness.made).toHaveLength(1);
    await harness.pass(1);
    await replaced(server);
  });

  it.each<[string, () => Promise<Refresh | undefined>]>([
    ['no newer token', async () => undefined],
    ['a token that does not expire later', async () => ({ text: secret, shown, expires: start + 60 * minute })],
    ['an error of refresh', () => Promise.reject(new Error('out of reach'))],
  ])('%s', async (_, supplier) => {
    refresh.mockImplementation(supplier);
    const server = await harness.open();
    const later = expires + 60 * minute;
    harness.connectParams.mockImplementation(async () => ({ protocols: ['a'], expires: later }));
    await harness.pass(59 * minute);
    expect(server.sent).toEqual([]);
    expires = later;
    await replaced(server);
  });

  it('when refresh does not return in time, and aborts its signal', async () => {
    let signal: AbortSignal | undefined;
    refresh.mockImplementation((given) => {
      signal = given;
      return new Promise(() => {});
    });
    const server = await due();
    expires += 60 * minute;
    expect(signal?.aborted).toBe(false);
    await harness.pass(20_000);
    expect(signal?.aborted).toBe(true);
    await replaced(server);
  });

  it('but not for an error message without a refresh', async () => {
    const server = await harness.open();
    server.deliver(error);
    await harness.pass(minute);
    expect(harness.made).toHaveLength(1);
  });

  it('and a late reply does not start another one', async () => {
    const { connectParams } = harness;
    harness = new SocketHarness({ refresh, connectParams, timing: { heartbeat: 1000 * minute, handshake: 40_000 } });
    const server = await due();
    const soon = expires + 1000;
    expires += 60 * minute;
    await harness.pass(40_000);
    expect(harness.made).toHaveLength(2);
    server.deliver(refreshed(soon));
    expect(harness.snapshot('open').renewal).toBeLessThan(Date.now() + 20_000);
    await harness.pass(20_000);
    server.deliver(error);
    await harness.pass(19_000);
    expect(server.sent.slice(1)).toEqual([]);
    expect(harness.made).toHaveLength(2);
    expect(harness.server.closeCode).toBeUndefined();
  });
});

describe('a reply during a replacement', () => {
  it.each([
    ['is refused', 1],
    ['has no later expiry', 0],
  ])('decides if the replacement %s', async (_, more) => {
    const server = await due();
    let supply: (connectParams: ConnectParams) => void = () => {};
    harness.connectParams.mockImplementationOnce(() => new Promise((resolve) => (supply = resolve)));
    await harness.pass(20_000);
    const later = expires + 20 * minute;
    server.deliver(refreshed(later));
    supply({ protocols: ['b'], expires: later + more });
    await harness.pass();
    expect(harness.made).toHaveLength(1 + more);
    if (more) harness.server.end(1006);

    expect(harness.snapshot('open')).toMatchObject({ expires: later, renewal: later - minute });
    expires = later;
    await harness.pass(later - minute - Date.now());
    expect(server.sent, 'refreshed again when due').toEqual([secret, secret]);
    expect(harness.made).toHaveLength(1 + more);
  });
});

describe('the end of the connection', () => {
  it('ends a refresh, which is not sent on the next connection', async () => {
    let supply: (refresh: Refresh) => void = () => {};
    refresh.mockImplementation(() => new Promise((resolve) => (supply = resolve)));
    const server = await due();
    server.end(1006);
    await harness.pass(500);
    harness.server.accept();
    supply({ text: secret, shown, expires: expires + 60 * minute });
    await harness.pass();
    expect(harness.made.flatMap(({ sent }) => sent)).toEqual([]);
  });

  it('stops all timers', async () => {
    await due();
    harness.socket.disconnect();
    expect(vi.getTimerCount()).toBe(0);
  });
});
