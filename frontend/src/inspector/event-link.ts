import { useSyncExternalStore } from 'react';

/** Returns the hash of an address that opens the inspector at an event: `<a href={eventHash(12)}>`. */
export function eventHash(id: number): string {
  return `#event-${id}`;
}

/** Returns the id of the event that a hash names, or undefined. */
export function eventOf(hash: string): number | undefined {
  const id = /^#event-(\d{1,15})$/.exec(hash)?.[1];
  return id === undefined ? undefined : Number(id);
}

/** Returns the id of the event that the address of the page names; undefined if it names none. */
export function useLinkedEvent(): number | undefined {
  return useSyncExternalStore(subscribe, () => eventOf(location.hash));
}

/** Removes the event from the address of the page, so that a second click on the same link is a change. */
export function forgetLinkedEvent(): void {
  if (eventOf(location.hash) !== undefined) {
    history.replaceState(history.state, '', location.pathname + location.search);
    dispatchEvent(new Event('hashchange'));
  }
}

function subscribe(listener: () => void): () => void {
  addEventListener('hashchange', listener);
  return () => removeEventListener('hashchange', listener);
}
