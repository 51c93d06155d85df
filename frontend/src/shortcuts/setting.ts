import { store, stored } from '../stored';

/** The key in localStorage for whether "?" is off. People who dictate may press it by accident (WCAG 2.1.4). */
const key = 'keys';

/** Returns whether the key "?" shows the keys. */
export function keysOn(): boolean {
  return stored(key) !== 'off';
}

/** Sets whether the key "?" shows the keys, now and on later visits. */
export function setKeysOn(on: boolean): void {
  store(key, on ? 'on' : 'off');
}
