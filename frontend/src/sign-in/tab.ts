/** Where the tab's name is kept. A tab that is duplicated has it twice, as all of its sessionStorage. */
const key = 'tab';

/** So long, in milliseconds, a page waits for the one before it in the same tab to let go of the name. */
const patience = 2000;

/**
 * Whether this tab is a copy of another one that is still there. Each tab has a name in its sessionStorage, and a lock
 * of that name for as long as its page lives: who cannot get the lock is the copy, and gives itself a name of its own.
 * A reload gets it, since the page before is gone. A browser without locks has no copies.
 */
export async function isCopy(locks: LockManager | undefined = navigator.locks): Promise<boolean> {
  if (!locks) {
    return false;
  }
  const name = sessionStorage.getItem(key);
  if (name !== null && (await hold(locks, name))) {
    return false;
  }
  const own = crypto.randomUUID();
  sessionStorage.setItem(key, own);
  await hold(locks, own);
  return name !== null;
}

/** Gets the lock and keeps it until the page is left; false if another page keeps it. */
function hold(locks: LockManager, name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const impatience = new AbortController();
    const timer = setTimeout(() => impatience.abort(), patience);
    const left = new Promise<void>((leave) => {
      addEventListener('pagehide', () => leave(), { once: true });
    });
    const keep = () => {
      clearTimeout(timer);
      resolve(true);
      return left;
    };
    locks.request(`tab ${name}`, { signal: impatience.signal }, keep).catch(() => resolve(false));
  });
}
