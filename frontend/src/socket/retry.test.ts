import { beforeEach, describe, expect, it, vi } from 'vitest';
import { SocketHarness } from '../testing/socket-harness';
import { endingOf } from './state';

let harness: SocketHarness;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  harness = new SocketHarness();
  return () => vi.useRealTimers();
});

describe('waiting', () => {
  it('doubles the delay each time, and gives up', async () => {
    await harness.connect();
    const waits: number[] = [];
    while (harness.socket.snapshot().state === 'connecting') {
      harness.server.end(1006);
      const now = harness.socket.snapshot();
      if (now.state === 'waiting') {
        waits.push(now.until - Date.now());
        await harness.pass(now.until - Date.now());
      }
    }
    expect(waits).toEqual([500, 1000, 2000]);
    expect(harness.made).toHaveLength(4);
    expect(harness.snapshot('closed')).toMatchObject({ ending: { code: 1006 }, gaveUp: true });
    expect([vi.getTimerCount(), harness.signals.watched]).toEqual([0, 0]);
  });

  it('remembers how the attempt before ended, until the connection is open', async () => {
    await harness.connect();
    expect(endingOf(harness.socket.snapshot())).toBeUndefined();
    harness.server.end(1006);
    await harness.pass(harness.snapshot('waiting').until - Date.now());
    expect(harness.snapshot('connecting')).toMatchObject({ attempt: 2, after: { kind: 'closed', code: 1006 } });
    expect(endingOf(harness.socket.snapshot())).toMatchObject({ code: 1006 });
    harness.server.accept();
    expect(endingOf(harness.socket.snapshot())).toBeUndefined();
    harness.socket.disconnect();
  });

  it('makes more attempts after it was open, with delays up to the longest', async () => {
    (await harness.open()).end(1006);
    let longest = 0;
    while (harness.socket.snapshot().state === 'waiting') {
      const { until } = harness.snapshot('waiting');
      longest = Math.max(longest, until - Date.now());
      await harness.pass(until - Date.now());
      harness.server.end(1006);
    }
    expect(longest).toBe(60_000);
    expect(harness.made).toHaveLength(50);
  });

  it('uses a random part of the delay', async () => {
    harness = new SocketHarness({ random: () => 0.25 });
    (await harness.connect()).end(1006);
    expect(harness.snapshot('waiting').until - Date.now()).toBe(125);
  });

  it('requests new parameters for every attempt', async () => {
    harness.connectParams
      .mockResolvedValueOnce({ protocols: ['bearer.1'] })
      .mockResolvedValueOnce({ protocols: ['bearer.2'] });
    (await harness.connect()).end(1006);
    await harness.pass(500);
    expect(harness.made.map(({ protocols }) => protocols[0])).toEqual(['bearer.1', 'bearer.2']);
  });

  it('starts the count again only after a connection that lasted', async () => {
    (await harness.open()).end(1011);
    await harness.pass(500);
    harness.server.accept();
    await harness.pass(9_999);
    harness.server.end(1011);
    expect(harness.snapshot('waiting')).toMatchObject({ attempt: 3 });
    await harness.pass(1000);
    harness.server.accept();
    await harness.pass(10_000);
    harness.server.end(1011);
    expect(harness.snapshot('waiting')).toMatchObject({ attempt: 2 });
  });

  it('makes an attempt at once on connect, or when the page is shown', async () => {
    (await harness.connect()).end(1006);
    harness.socket.connect();
    await harness.pass();
    expect(harness.made).toHaveLength(2);
    harness.server.end(1006);
    harness.signals.give('visible');
    await harness.pass();
    expect(harness.made).toHaveLength(3);
    expect(harness.snapshot('connecting')).toMatchObject({ attempt: 3 });
  });

  it('stops on disconnect', async () => {
    (await harness.open()).end(1006);
    harness.socket.disconnect();
    await harness.pass(100_000);
    expect(harness.made).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('offline', () => {
  it('waits for the network, and does not count attempts without it', async () => {
    const server = await harness.open();
    harness.signals.give('offline');
    server.end(1006);
    expect(harness.snapshot('waiting')).toMatchObject({ offline: true, until: 1_060_000, attempt: 1 });
    harness.signals.give('visible');
    expect(harness.made).toHaveLength(1);
    harness.signals.give('online');
    expect(harness.snapshot('waiting')).toMatchObject({ offline: false, until: 1_000_500 });
    await harness.pass(500);
    expect(harness.made).toHaveLength(2);
  });

  it('makes an attempt each minute, because a browser may be wrong', async () => {
    (await harness.open()).end(1006);
    harness.signals.give('offline');
    await harness.pass(60_000);
    expect(harness.made).toHaveLength(2);
    harness.server.accept();
    harness.snapshot('open');
  });

  it.each(['online', 'offline'] as const)('pings on the open connection at %s', async (signal) => {
    const server = await harness.open();
    harness.signals.give(signal);
    expect(server.sent).toEqual(['{"action":"ping"}']);
  });
});

describe('the page is shown', () => {
  it('pings only on a quiet connection', async () => {
    const server = await harness.open();
    await harness.pass(29_999);
    harness.signals.give('visible');
    expect(server.sent).toEqual([]);
    await harness.pass(1);
    harness.signals.give('visible');
    expect(server.sent).toHaveLength(1);
  });
});
