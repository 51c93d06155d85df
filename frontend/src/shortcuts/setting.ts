/** The key in localStorage for whether "?" is off. People who dictate may press it by accident (WCAG 2.1.4). */
const key = 'keys';

/** Returns whether the key "?" shows the keys. */
export function keysOn(): boolean {
  try {
    return localStorage.getItem(key) !== 'off';
  } catch {
    return true; // storage is blocked
  }
}

/** Sets whether the key "?" shows the keys, now and on later visits. */
export function setKeysOn(on: boolean): void {
  try {
    localStorage.setItem(key, on ? 'on' : 'off');
  } catch {
    // Storage is blocked: the choice is lost when the page is left.
  }
}
