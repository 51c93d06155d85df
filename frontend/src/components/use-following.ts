import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { Entry } from '../conversation/entry';

/** Within this many pixels of its end a box counts as being at the end. */
const slack = 8;

/** A row in rem, as --row in tokens.css says. */
const rowRem = 1.75;

export type Following = {
  /** How far the box is scrolled, its height, and that of a row, in pixels. */
  readonly top: number;
  readonly height: number;
  readonly row: number;
  /** Whether it stays at the newest entry. */
  readonly following: boolean;
  /** How many entries came since it does not. */
  readonly missed: number;
  /** Goes to the newest entry and stays there. */
  readonly follow: () => void;
};

/** Keeps a scrolling box at its end, until the reader scrolls up; then what the reader looks at stays in its place. */
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
      element.scrollTop -= goneFrom(before.current, entries) * row;
    }
    before.current = entries;
  }, [box, entries, following, row, view.height]);

  const follow = () => setView((old) => ({ ...old, following: true }));
  const missed = following ? 0 : countAfter(entries, lastSeen.current);
  return { ...view, row, missed, follow };
}

type View = { readonly top: number; readonly height: number; readonly following: boolean };

/** Keeps the view up to date as the box is scrolled or gets another size; returns what ends that. */
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

/** How many of the old entries were dropped at the beginning, so that the rest moved up. */
export function goneFrom(old: readonly Entry[], now: readonly Entry[]): number {
  const first = now[0]?.id;
  return first === undefined ? 0 : old.findLastIndex(({ id }) => id < first) + 1;
}

/** How many entries came after the one with this id. */
export function countAfter(entries: readonly Entry[], id: number): number {
  return entries.length - 1 - entries.findLastIndex((entry) => entry.id <= id);
}

function rowHeight(): number {
  return rowRem * (Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16);
}
