import { type Entry, withoutCredentials } from './conversation/entry';

/** The largest number of entries that survive a reload, and of characters in them. */
const maxEntries = 500;
const maxCharacters = 1_000_000;
const key = 'log';

/** Stores the newest entries of the user's log for the next page of this tab, without credentials. */
export function keepLog(user: string, entries: readonly Entry[]): void {
  try {
    const list = newest(entries).map((entry) => ({ ...entry, text: withoutCredentials(entry.text) }));
    if (list.length === 0) {
      sessionStorage.removeItem(key);
    } else {
      sessionStorage.setItem(key, JSON.stringify({ user, list }));
    }
  } catch {
    // Storage is blocked or full: the log does not survive a reload.
  }
}

/** Returns the entries that `keepLog` stored for this user, and deletes them from the storage. */
export function takeLog(user: string): readonly Entry[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(key) ?? '{}');
    deleteLog();
    const { user: owner, list } = kept as { user?: unknown; list?: unknown };
    return owner === user && Array.isArray(list) ? list.filter(isEntry).map(asEnded) : [];
  } catch {
    return []; // storage is blocked, or its content is not ours
  }
}

/** Deletes the stored entries, because the next user must not see them. */
export function deleteLog(): void {
  try {
    sessionStorage.removeItem(key);
  } catch {
    // Storage is blocked, so nothing was stored.
  }
}

function newest(entries: readonly Entry[]): readonly Entry[] {
  let characters = 0;
  let first = entries.length;
  while (first > 0 && entries.length - first < maxEntries) {
    characters += entries[first - 1]?.text.length ?? 0;
    if (characters > maxCharacters) {
      break;
    }
    first -= 1;
  }
  return entries.slice(first);
}

const directions: ReadonlySet<unknown> = new Set(['sent', 'received', 'note']);

function isEntry(value: unknown): value is Entry {
  const { id, at, text, type, size, direction } = (value ?? {}) as Readonly<Record<string, unknown>>;
  const numbers = [id, at, size].every((number) => typeof number === 'number');
  return numbers && typeof text === 'string' && typeof type === 'string' && directions.has(direction);
}

/** A queued message was dropped when its page was left. */
function asEnded(entry: Entry): Entry {
  return entry.direction === 'sent' && entry.outcome === 'queued' ? { ...entry, outcome: 'dropped' } : entry;
}
