import { beforeEach, describe, expect, it, vi } from 'vitest';
import { SocketHarness } from '../testing/socket-harness';
import { Failover } from './failover';
import { CannotConnect, type Options } from './options';

const first = 'wss://first.example/live';
const second = 'wss://second.example/live';
const third = 'wss://third.example/live';
const minute = 60_000;

let failover: Failover<string>;
let harness: SocketHarness;

/** Starts a socket that connects to one of the addresses. */
function start(addresses: readonly string[], more: Partial<Options> = {}): void {
  failover = new Failover(addresses);
  harness = new SocketHarness({
    connectParams: async () => ({ protocols: ['sallyport.v1'], url: failover.next() }),
    limits: { firstTries: 2 * addresses.length },
    ...more,
  });
  harness.socket.listen(failover.follow);
}

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  return () => vi.useRealTimers();
});

/** Waits for the next attempt. */
const another = () => harness.pass(harness.snapshot('waiting').until - Date.now());

/** Fails the attempt, and waits for the next one. */
async function fail(): Promise<void> {
  harness.server.end(1006);
  await another();
}

const used = () => harness.made.map(({ url }) => url);

describe('a socket with several addresses', () => {
  it('tries each address twice, in order, and then gives up', async () => {
    start([first, second, third]);
    await harness.connect();
    for (let n = 1; n < 6; n += 1) {
      await fail();
    }
    harness.server.end(1006);
    expect(used()).toEqual([first, first, second, second, third, third]);
    expect(harness.snapshot('closed').gaveUp).toBe(true);
  });

  it('waits a random time before the attempt at the next address', async () => {
    start([first, second], { random: () => 0.5 });
    await harness.connect();
    const waits = [];
    for (let n = 1; n < 4; n += 1) {
      const before = Date.now();
      await fail();
      waits.push(Date.now() - before);
    }
    expect(waits).toEqual([250, 500, 1000]);
  });

  it('shows the address of the open connection', async () => {
    start([first, second]);
    await harness.open();
    expect(harness.snapshot('open').url).toBe(first);
  });

  it('connects to the same address after a loss, and to the next one if two attempts fail', async () => {
    start([first, second]);
    await harness.open();
    await fail();
    await fail();
    await fail();
    harness.server.accept();
    expect(used()).toEqual([first, first, first, second]);
    expect(harness.snapshot('open').url).toBe(second);
  });

  it('counts only the failures since the last open connection', async () => {
    start([first, second]);
    await harness.connect();
    await fail();
    harness.server.accept();
    await fail(); // the loss
    await fail();
    expect(used()).toEqual([first, first, first, first]);
  });

  it('begins again with the first address after the last one', async () => {
    start([first, second]);
    await harness.open();
    for (let n = 1; n <= 5; n += 1) await fail();
    expect(used()).toEqual([first, first, first, second, second, first]);
  });

  it('does not count attempts that the user ended', async () => {
    start([first, second]);
    for (let n = 1; n <= 3; n += 1) {
      await harness.connect();
      harness.socket.disconnect();
    }
    expect(used()).toEqual([first, first, first]);
  });

  it('returns to the first address ten minutes after it left that one, and not another', async () => {
    start([first, second, third], { timing: { heartbeat: 60 * minute } });
    await harness.connect();
    await fail();
    await fail();
    harness.server.accept();
    await harness.pass(9 * minute);
    await fail(); // the loss
    await fail();
    await fail(); // leaves the second one
    harness.server.accept();
    await harness.pass(minute);
    await fail();
    expect(used()).toEqual([first, first, second, second, second, third, first]);
  });

  it('leaves an address at once if it does not answer', async () => {
    start([first, second]);
    await harness.connect();
    await harness.pass(20_000); // no answer to the handshake
    await another();
    expect(used()).toEqual([first, second]);
  });

  it('leaves an address at once if its tickets do not come', async () => {
    const asked: string[] = [];
    const connectParams = async () => {
      asked.push(failover.next());
      // By the fake clock of the harness.
      await new Promise((_, reject) => setTimeout(() => reject(new Error('no answer')), 10_000));
      return { protocols: [] };
    };
    start([first, second], { connectParams });
    harness.socket.connect();
    await harness.pass(10_000);
    await another();
    expect(asked).toEqual([first, second]);
  });

  it('stays after a refusal that is final', async () => {
    start([first, second], {
      connectParams: async () => {
        failover.next();
        throw new CannotConnect('Sign in again.');
      },
    });
    for (let n = 1; n < 4; n += 1) {
      harness.socket.connect();
      await harness.pass();
      expect(harness.snapshot('closed').ending).toMatchObject({ message: 'Sign in again.' });
    }
    expect(failover.next()).toBe(first);
  });

  it('returns to the first address when it connects again, ten minutes later', async () => {
    start([first, second], { timing: { heartbeat: 60 * minute } });
    await harness.connect();
    await fail();
    await fail();
    harness.server.accept();
    await harness.pass(9 * minute);
    await fail();
    harness.server.accept();
    await harness.pass(minute);
    expect(harness.snapshot('open').url, 'an open connection stays').toBe(second);
    await fail();
    expect(used()).toEqual([first, first, second, second, first]);
  });

  it('goes back to the second address if the first one fails once more', async () => {
    start([first, second], { timing: { heartbeat: 60 * minute } });
    await harness.connect();
    await fail();
    await fail();
    harness.server.accept();
    await harness.pass(10 * minute);
    await fail(); // now at the first one
    await fail();
    harness.server.accept();
    expect(used()).toEqual([first, first, second, first, second]);
    await harness.pass(9 * minute);
    await fail();
    expect(used().at(-1), 'the ten minutes begin again').toBe(second);
  });

  it('returns to the first address when the open connection is replaced, without a gap', async () => {
    start([first, second], { timing: { heartbeat: 3 * 60 * minute } });
    await harness.connect();
    await fail();
    await fail();
    const old = harness.server;
    old.accept();
    await harness.pass(harness.snapshot('open').renewal - Date.now());
    expect(harness.server.url).toBe(first);
    harness.server.accept();
    harness.server.deliver('{"type":"pong"}');
    expect(harness.snapshot('open').url).toBe(first);
    expect(old.closeCode, 'the old connection still receives').toBeUndefined();
  });

  it('replaces the connection at the second address if the first one refuses the replacement', async () => {
    start([first, second], { timing: { heartbeat: 3 * 60 * minute } });
    await harness.connect();
    await fail();
    await fail();
    harness.server.accept();
    await harness.pass(harness.snapshot('open').renewal - Date.now());
    harness.server.end(1006);
    await harness.pass(5000);
    expect(used()).toEqual([first, first, second, first, second]);
    harness.server.accept();
    harness.server.deliver('{"type":"pong"}');
    expect(harness.snapshot('open').url).toBe(second);
  });
});

it('refuses to choose without an address', () => {
  expect(() => new Failover([]).next()).toThrow(RangeError);
});
