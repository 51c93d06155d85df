/** So many messages are remembered, up to this length each. */
const most = 30;
const longest = 8192;
const key = 'sent';

/** The messages sent last from this tab, newest first. They outlive a reload, not the tab. */
export function sentBefore(): readonly string[] {
  try {
    const list: unknown = JSON.parse(sessionStorage.getItem(key) ?? '[]');
    return Array.isArray(list) ? list.filter((text) => typeof text === 'string') : [];
  } catch {
    return []; // no storage is allowed, or somebody else wrote there
  }
}

/** Remembers a message as the newest and returns the list. */
export function remember(text: string): readonly string[] {
  const before = sentBefore();
  if (text === '' || text.length > longest) {
    return before;
  }
  const list = [text, ...before.filter((other) => other !== text)].slice(0, most);
  try {
    sessionStorage.setItem(key, JSON.stringify(list));
  } catch {
    // It is remembered until the page is left.
  }
  return list;
}

/** Forgets them all: what one user sent is not for the next. */
export function forgetSent(): void {
  try {
    sessionStorage.removeItem(key);
  } catch {
    // Nothing was kept.
  }
}
