import { beforeEach, describe, expect, it, vi } from 'vitest';
import { SocketDesk } from '../testing/socket-desk';

let desk: SocketDesk;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  desk = new SocketDesk();
  return () => vi.useRealTimers();
});

describe('waiting', () => {
  it('waits twice as long each time, and gives up', async () => {
    await desk.connect();
    const waits: number[] = [];
    while (desk.socket.snapshot().state === 'connecting') {
      desk.server.end(1006);
      const now = desk.socket.snapshot();
      if (now.state === 'waiting') {
        waits.push(now.until - Date.now());
        await desk.pass(now.until - Date.now());
      }
    }
    expect(waits).toEqual([500, 1000, 2000]);
    expect(desk.made).toHaveLength(4);
    expect(desk.snapshot('closed')).toMatchObject({ ending: { code: 1006 }, gaveUp: true });
    expect([vi.getTimerCount(), desk.signals.watched]).toEqual([0, 0]);
  });

  it('has more patience after it was open, up to the longest delay', async () => {
    (await desk.open()).end(1006);
    let longest = 0;
    while (desk.socket.snapshot().state === 'waiting') {
      const { until } = desk.snapshot('waiting');
      longest = Math.max(longest, until - Date.now());
      await desk.pass(until - Date.now());
      desk.server.end(1006);
    }
    expect(longest).toBe(60_000);
    expect(desk.made).toHaveLength(50);
  });

  it('spreads the attempts over the whole delay', async () => {
    desk = new SocketDesk({ random: () => 0.25 });
    (await desk.connect()).end(1006);
    expect(desk.snapshot('waiting').until - Date.now()).toBe(125);
  });

  it('asks for a fresh offer every time', async () => {
    desk.connectParams
      .mockResolvedValueOnce({ protocols: ['bearer.1'] })
      .mockResolvedValueOnce({ protocols: ['bearer.2'] });
    (await desk.connect()).end(1006);
    await desk.pass(500);
    expect(desk.made.map(({ protocols }) => protocols[0])).toEqual(['bearer.1', 'bearer.2']);
  });

  it('counts on when the server lets it in and ends it at once, and anew when it lasted', async () => {
    (await desk.open()).end(1011);
    await desk.pass(500);
    desk.server.accept();
    await desk.pass(9_999);
    desk.server.end(1011);
    expect(desk.snapshot('waiting')).toMatchObject({ attempt: 3 });
    await desk.pass(1000);
    desk.server.accept();
    await desk.pass(10_000);
    desk.server.end(1011);
    expect(desk.snapshot('waiting')).toMatchObject({ attempt: 2 });
  });

  it('tries at once when told to connect, or when the page is shown', async () => {
    (await desk.connect()).end(1006);
    desk.socket.connect();
    await desk.pass();
    expect(desk.made).toHaveLength(2);
    desk.server.end(1006);
    desk.signals.give('visible');
    await desk.pass();
    expect(desk.made).toHaveLength(3);
    expect(desk.snapshot('connecting')).toMatchObject({ attempt: 3 });
  });

  it('stops when told to disconnect', async () => {
    (await desk.open()).end(1006);
    desk.socket.disconnect();
    await desk.pass(100_000);
    expect(desk.made).toHaveLength(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('offline', () => {
  it('waits for the network, and does not count what fails without it', async () => {
    const server = await desk.open();
    desk.signals.give('offline');
    server.end(1006);
    expect(desk.snapshot('waiting')).toMatchObject({ offline: true, until: 1_060_000, attempt: 1 });
    desk.signals.give('visible');
    expect(desk.made).toHaveLength(1);
    desk.signals.give('online');
    expect(desk.snapshot('waiting')).toMatchObject({ offline: false, until: 1_000_500 });
    await desk.pass(500);
    expect(desk.made).toHaveLength(2);
  });

  it('tries now and then all the same: a browser may be wrong', async () => {
    (await desk.open()).end(1006);
    desk.signals.give('offline');
    await desk.pass(60_000);
    expect(desk.made).toHaveLength(2);
    desk.server.accept();
    desk.snapshot('open');
  });

  it.each(['online', 'offline'] as const)('tries the open connection at %s', async (signal) => {
    const server = await desk.open();
    desk.signals.give(signal);
    expect(server.sent).toEqual(['{"action":"ping"}']);
  });
});

describe('the page is shown', () => {
  it('tries a connection that was quiet, no other', async () => {
    const server = await desk.open();
    await desk.pass(29_999);
    desk.signals.give('visible');
    expect(server.sent).toEqual([]);
    await desk.pass(1);
    desk.signals.give('visible');
    expect(server.sent).toHaveLength(1);
  });
});
