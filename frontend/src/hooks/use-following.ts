import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { Entry } from '../conversation/entry';

/** The largest distance from the end, in pixels, at which a box counts as scrolled to its end. */
const slack = 8;

/** The height of a row in rem: --row in tokens.css. */
const rowRem = 1.75;

export type Following = {
  /** The scroll position and the height of the box, and the height of a row, in pixels. */
  readonly top: number;
  readonly height: number;
  readonly row: number;
  /** Whether it stays at the newest entry. */
  readonly following: boolean;
  /** The number of entries that came after it stopped following. */
  readonly missed: number;
  /** Goes to the newest entry and stays there. */
  readonly follow: () => void;
};

/** Keeps a scrolling box at its end until the reader scrolls up. Then the visible entries stay in place. */
export function useFollowing(box: RefObject<HTMLElement | null>, entries: readonly Entry[]): Following {
  const [view, setView] = useState({ top: 0, height: 600, following: true });
  const [row] = useState(rowHeight);
  const before = useRef(entries);
  const lastSeen = useRef(0);
  const { following } = view;

  useEffect(() => {
    const element = box.current;
    return element ? watchBox(element, setView) : undefined;
  }, [box]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of height moves the end
  useLayoutEffect(() => {
    const element = box.current;
    if (element && following) {
      element.scrollTop = element.scrollHeight;
      lastSeen.current = entries.at(-1)?.id ?? 0;
    } else if (element) {
      element.scrollTop -= droppedFrom(before.current, entries) * row;
    }
    before.current = entries;
  }, [box, entries, following, row, view.height]);

  const follow = () => setView((old) => ({ ...old, following: true }));
  const missed = following ? 0 : countAfter(entries, lastSeen.current);
  return { ...view, row, missed, follow };
}

type View = { readonly top: number; readonly height: number; readonly following: boolean };

/** Updates the view when the box is scrolled or resized, until the returned function is called. */
function watchBox(element: HTMLElement, setView: (change: (old: View) => View) => void): () => void {
  const onScroll = () => {
    const following = element.scrollHeight - element.scrollTop - element.clientHeight <= slack;
    setView((old) => ({ ...old, top: element.scrollTop, following }));
  };
  const sizes = new ResizeObserver(() => setView((old) => ({ ...old, height: element.clientHeight || old.height })));
  sizes.observe(element);
  element.addEventListener('scroll', onScroll, { passive: true });
  return () => {
    sizes.disconnect();
    element.removeEventListener('scroll', onScroll);
  };
}

/** Returns how many of the old entries were dropped at the start of the list. */
export function droppedFrom(old: readonly Entry[], now: readonly Entry[]): number {
  const first = now[0]?.id;
  return first === undefined ? 0 : old.findLastIndex(({ id }) => id < first) + 1;
}

/** Returns the number of entries after the one with this id. */
export function countAfter(entries: readonly Entry[], id: number): number {
  return entries.length - 1 - entries.findLastIndex((entry) => entry.id <= id);
}

function rowHeight(): number {
  return rowRem * (Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16);
}
