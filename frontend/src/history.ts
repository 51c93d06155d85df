/** The largest number of messages that are kept, and the largest length of each. */
const maxMessages = 30;
const maxLength = 8192;
const key = 'sent';

/** Returns the messages that the user sent from this tab, newest first. They survive a reload, until the tab is closed. */
export function sentMessages(user: string): readonly string[] {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(key) ?? '{}');
    const { user: owner, list } = kept as { user?: unknown; list?: unknown };
    return owner === user && Array.isArray(list) ? list.filter((text) => typeof text === 'string') : [];
  } catch {
    return []; // storage is blocked, or its content is not ours
  }
}

/** Adds a message to the user's messages and returns them. It deletes those of another user. */
export function remember(user: string, text: string): readonly string[] {
  const before = sentMessages(user);
  if (text === '' || text.length > maxLength) {
    return before;
  }
  const list = [text, ...before.filter((other) => other !== text)].slice(0, maxMessages);
  try {
    sessionStorage.setItem(key, JSON.stringify({ user, list }));
  } catch {
    // Storage is blocked: the message is kept until the page is left.
  }
  return list;
}

/** Deletes all messages, because the next user must not see them. */
export function deleteSent(): void {
  try {
    sessionStorage.removeItem(key);
  } catch {
    // Storage is blocked, so nothing was stored.
  }
}
