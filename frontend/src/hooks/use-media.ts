import { useCallback, useSyncExternalStore } from 'react';

/** The media query of a page on which panels stand side by side. The stylesheets have the same width. */
export const wideScreen = '(min-width: 56rem)';

/** Returns whether a media query matches now. */
export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const list = matchMedia(query);
      list.addEventListener('change', listener);
      return () => list.removeEventListener('change', listener);
    },
    [query],
  );
  return useSyncExternalStore(subscribe, () => matchMedia(query).matches);
}
