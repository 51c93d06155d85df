import { store, stored } from './stored';

/** A message that a user has saved under a name. */
export type SavedMessage = { readonly name: string; readonly text: string };

/** The largest number of users, of messages of each, and of characters of a message and of a name. */
const maxUsers = 5;
export const maxSaved = 50;
const maxLength = 8192;
export const maxName = 60;
const key = 'saved';

/** Returns the messages that the user has saved in this browser, by name. */
export function savedMessages(user: string): readonly SavedMessage[] {
  return readAll().find(([owner]) => owner === user)?.[1] ?? [];
}

/**
 * Saves a message. A message of the same name is replaced. It returns undefined, or a sentence with the reason why the
 * message was not saved.
 */
export function saveMessage(user: string, name: string, text: string): string | undefined {
  const trimmed = name.trim().slice(0, maxName);
  const others = savedMessages(user).filter((one) => one.name !== trimmed);
  if (trimmed === '') {
    return 'A saved message needs a name.';
  }
  if (text.length > maxLength) {
    return `The message has ${text.length} characters. The largest saved message has ${maxLength}.`;
  }
  if (others.length >= maxSaved) {
    return `There are ${maxSaved} saved messages. Delete one to save another.`;
  }
  return write(user, [...others, { name: trimmed, text }]);
}

/** Gives a saved message another name. It returns undefined, or a sentence with the reason why the name is refused. */
export function renameMessage(user: string, from: string, to: string): string | undefined {
  const name = to.trim().slice(0, maxName);
  const list = savedMessages(user);
  if (name === from) {
    return undefined;
  }
  if (name === '' || list.some((one) => one.name === name)) {
    return name === '' ? 'A saved message needs a name.' : `Another saved message has the name "${name}".`;
  }
  return write(
    user,
    list.map((one) => (one.name === from ? { ...one, name } : one)),
  );
}

/** Deletes a saved message. */
export function deleteMessage(user: string, name: string): void {
  write(
    user,
    savedMessages(user).filter((one) => one.name !== name),
  );
}

type All = readonly (readonly [user: string, list: readonly SavedMessage[]])[];

/** Stores the messages of the user first, and those of a few other users. */
function write(user: string, list: readonly SavedMessage[]): string | undefined {
  const sorted = [...list].sort((a, b) => a.name.localeCompare(b.name));
  const others = readAll().filter(([owner]) => owner !== user);
  const all: All = list.length === 0 ? others : [[user, sorted], ...others];
  const done = store(key, JSON.stringify(all.slice(0, maxUsers)));
  return done ? undefined : 'The browser blocks the storage of this page, or it is full.';
}

function readAll(): All {
  try {
    const all: unknown = JSON.parse(stored(key) ?? '[]');
    return Array.isArray(all) ? all.flatMap(asOwned) : [];
  } catch {
    return []; // the content is not ours
  }
}

function asOwned(value: unknown): All {
  const [user, list] = Array.isArray(value) ? value : [];
  return typeof user === 'string' && Array.isArray(list) ? [[user, list.filter(isSaved)]] : [];
}

function isSaved(value: unknown): value is SavedMessage {
  const { name, text } = (value ?? {}) as Readonly<Record<string, unknown>>;
  return typeof name === 'string' && typeof text === 'string';
}
