/** Where the tab's name is kept. A tab that is duplicated has it twice, as all of its sessionStorage. */
const key = 'tab';

/** So long, in milliseconds, a page waits for the one before it in the same tab to let go of the name. */
const patience = 10_000;

/**
 * Whether this tab is a copy of another one that is still there. Each tab has a name in its sessionStorage, and a lock
 * of that name for as long as its page lives: who cannot get the lock is the copy, and gives itself a name of its own.
 * The page that has the lock says so when it is asked, so that a copy need not wait. A reload gets the lock, since the
 * page before is gone. A browser without locks has no copies.
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
    const called = new AbortController();
    const timer = setTimeout(() => called.abort(), patience);
    const channel = new BroadcastChannel(`tab ${name}`);
    const left = new Promise<void>((leave) => {
      addEventListener('pagehide', () => leave(), { once: true });
    });
    void left.then(() => channel.close());
    const keep = () => {
      clearTimeout(timer);
      channel.onmessage = ({ data }) => data === 'taken?' && channel.postMessage('taken');
      resolve(true);
      return left;
    };
    const giveUp = () => {
      clearTimeout(timer);
      channel.close();
      resolve(false);
    };
    channel.onmessage = ({ data }) => data === 'taken' && called.abort();
    channel.postMessage('taken?');
    locks.request(`tab ${name}`, { signal: called.signal }, keep).catch(giveUp);
  });
}
