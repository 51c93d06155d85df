import { beforeEach, describe, expect, it, vi } from 'vitest';
import { isCopy } from './tab';

/** The locks of a browser, which all tabs share. */
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

/** Loads a page in a tab with this name in its sessionStorage. It returns the name afterwards, too. */
async function load(name: string | null) {
  sessionStorage.clear();
  if (name !== null) {
    sessionStorage.setItem('tab', name);
  }
  const copy = isCopy(locks);
  await vi.advanceTimersByTimeAsync(10_000);
  return { copy: await copy, name: sessionStorage.getItem('tab') };
}

/** Leaves all loaded pages. */
const leave = () => dispatchEvent(new Event('pagehide'));

describe('isCopy', () => {
  it('gives a name to a new tab', async () => {
    expect(await load(null)).toEqual({ copy: false, name: expect.stringMatching(/./) });
  });

  it('recognizes a copy while the other tab is open, and gives it a new name', async () => {
    const first = await load(null);
    const second = await load(first.name);
    expect(second.copy).toBe(true);
    expect(second.name).not.toBe(first.name);
    const third = await load(second.name);
    expect(third.copy, 'a copy of the copy').toBe(true);
    expect(new Set([first.name, second.name, third.name]).size).toBe(3);
  });

  it('does not wait if the other tab answers', async () => {
    const { name } = await load(null);
    sessionStorage.setItem('tab', String(name));
    expect(await isCopy(locks), 'without a timer').toBe(true);
  });

  it('does not treat a reload as a copy', async () => {
    const first = await load(null);
    leave();
    expect(await load(first.name)).toEqual({ copy: false, name: first.name });
  });

  it('waits for the previous page, which may release the lock late and does not answer', async () => {
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

  it('returns false in a browser without locks', async () => {
    sessionStorage.setItem('tab', 'x');
    vi.spyOn(navigator, 'locks', 'get').mockReturnValue(undefined as unknown as LockManager);
    expect(await isCopy()).toBe(false);
  });
});
