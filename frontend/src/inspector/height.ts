import { useState, useSyncExternalStore } from 'react';
import { store, stored } from '../stored';
import { heightKey } from './drawer';

/** The heights of the drawer, in percent of the window. */
export const heights = { least: 15, most: 85, first: 45, step: 2, page: 10 } as const;

/** Returns the height to which a key changes a height, or undefined for other keys. */
export function heightAfter(key: string, height: number): number | undefined {
  switch (key) {
    case 'ArrowUp':
      return limited(height + heights.step);
    case 'ArrowDown':
      return limited(height - heights.step);
    case 'PageUp':
      return limited(height + heights.page);
    case 'PageDown':
      return limited(height - heights.page);
    case 'Home':
      return heights.least;
    case 'End':
      return heights.most;
    default:
      return undefined;
  }
}

/** Returns the height of a drawer whose upper edge is at `y` in a window, both in pixels. */
export function heightAt(y: number, windowHeight: number): number {
  return limited(Math.round(100 - (100 * y) / windowHeight));
}

function limited(height: number): number {
  return Math.min(heights.most, Math.max(heights.least, height));
}

/** The height in pixels that the page needs above the drawer for some rows of the log, the message and Send. */
const needed = 416;

/** Returns the height at which the drawer opens at first, in percent of a window of so many pixels. */
export function firstHeight(windowHeight: number): number {
  return Math.min(heights.first, heightAt(needed, windowHeight));
}

/**
 * Returns the height of the drawer, and a function that changes it. A changed height survives a reload; until then the
 * height depends on the window.
 */
export function useHeight(): readonly [number, (height: number) => void] {
  const [chosen, setChosen] = useState(storedHeight);
  const first = useSyncExternalStore(onResize, () => firstHeight(innerHeight));
  const change = (next: number) => {
    setChosen(next);
    store(heightKey, String(next));
  };
  return [chosen ?? first, change];
}

function onResize(listener: () => void): () => void {
  addEventListener('resize', listener);
  return () => removeEventListener('resize', listener);
}

function storedHeight(): number | undefined {
  const height = Number(stored(heightKey) ?? Number.NaN);
  return Number.isFinite(height) ? limited(height) : undefined;
}
