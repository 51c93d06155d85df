/** The key of the tab's name in sessionStorage. Duplicating a tab copies its sessionStorage, and so the name. */
const key = 'tab';

/** The longest wait for the previous page of the same tab to release the lock, in milliseconds. */
const timeout = 10_000;

/**
 * Returns whether this tab is a copy of another open tab. Each tab has a name in its sessionStorage and holds a lock with
 * this name while its page is open. A tab that cannot get the lock is a copy and takes a new name. The page that holds
 * the lock answers a request, so that a copy need not wait. A reload gets the lock, because the previous page is gone. In
 * a browser without locks the function returns false.
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

/** Takes the lock and holds it until the page is left. It returns false if another page holds it. */
function hold(locks: LockManager, name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const called = new AbortController();
    const timer = setTimeout(() => called.abort(), timeout);
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
