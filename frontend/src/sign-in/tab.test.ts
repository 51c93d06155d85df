import { beforeEach, describe, expect, it, vi } from 'vitest';
import { isCopy } from './tab';

/** Locks as the browser has them, shared by all tabs. */
class FakeLocks {
  readonly #held = new Map<string, Promise<unknown>>();

  request = async (name: string, { signal }: { signal: AbortSignal }, hold: () => Promise<unknown>): Promise<void> => {
    while (this.#held.has(name)) {
      const called = new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
      await Promise.race([this.#held.get(name), called]);
    }
    this.#held.set(
      name,
      hold().then(() => this.#held.delete(name)),
    );
  };
}

let locks: LockManager;

beforeEach(() => {
  vi.useFakeTimers();
  locks = new FakeLocks() as unknown as LockManager;
  return () => {
    leave();
    vi.useRealTimers();
  };
});

/** Loads a page in a tab that has this name in its sessionStorage; the name afterwards. */
async function load(name: string | null) {
  sessionStorage.clear();
  if (name !== null) {
    sessionStorage.setItem('tab', name);
  }
  const copy = isCopy(locks);
  await vi.advanceTimersByTimeAsync(10_000);
  return { copy: await copy, name: sessionStorage.getItem('tab') };
}

/** Leaves every page that is loaded. */
const leave = () => dispatchEvent(new Event('pagehide'));

describe('isCopy', () => {
  it('gives a new tab a name', async () => {
    expect(await load(null)).toEqual({ copy: false, name: expect.stringMatching(/./) });
  });

  it('knows a copy while the other tab is there, and gives it a name of its own', async () => {
    const first = await load(null);
    const second = await load(first.name);
    expect(second.copy).toBe(true);
    expect(second.name).not.toBe(first.name);
    const third = await load(second.name);
    expect(third.copy, 'a copy of the copy').toBe(true);
    expect(new Set([first.name, second.name, third.name]).size).toBe(3);
  });

  it('need not wait where the other tab answers', async () => {
    const { name } = await load(null);
    sessionStorage.setItem('tab', String(name));
    expect(await isCopy(locks), 'though no timer has run').toBe(true);
  });

  it('takes a reload for what it is', async () => {
    const first = await load(null);
    leave();
    expect(await load(first.name)).toEqual({ copy: false, name: first.name });
  });

  it('waits for the page before, which may be slow to go and answers no more', async () => {
    let go = () => {};
    void locks.request(
      'tab x',
      { signal: new AbortController().signal },
      () => new Promise<void>((done) => (go = done)),
    );
    sessionStorage.setItem('tab', 'x');
    const reloaded = isCopy(locks);
    await vi.advanceTimersByTimeAsync(9900);
    go();
    expect(await reloaded).toBe(false);
    expect(sessionStorage.getItem('tab')).toBe('x');
  });

  it('finds none in a browser without locks', async () => {
    sessionStorage.setItem('tab', 'x');
    vi.spyOn(navigator, 'locks', 'get').mockReturnValue(undefined as unknown as LockManager);
    expect(await isCopy()).toBe(false);
  });
});
