import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { Entry } from '../conversation/entry';
import type { RowLayout } from '../presentation/row-layout';

/** The largest distance from the end, in pixels, at which a box counts as scrolled to its end. */
const slack = 8;

export type Following = {
  /** The scroll position, the height and the width of the box, in pixels. */
  readonly top: number;
  readonly height: number;
  readonly width: number;
  /** Whether it stays at the newest entry. */
  readonly following: boolean;
};

/** The scroll position of a box. `follow` goes to the newest entry and stays there. */
export function useScroll(box: RefObject<HTMLElement | null>) {
  const [view, setView] = useState<Following>({ top: 0, height: 600, width: 0, following: true });
  useEffect(() => {
    const element = box.current;
    return element ? watchBox(element, setView) : undefined;
  }, [box]);
  const setFollowing = (following: boolean) => setView((old) => ({ ...old, following }));
  return { ...view, setFollowing };
}

type List = {
  readonly box: RefObject<HTMLElement | null>;
  readonly entries: readonly Entry[];
  readonly layout: RowLayout;
  /** The index of the selected entry; -1: there is none. */
  readonly selected: number;
};

/**
 * Keeps a scrolling box at its end until the reader scrolls up, or until the selected row would leave the box. Then the
 * visible entries stay in place. It returns the number of entries that came since, and a function to follow again.
 */
export function useFollowing({ box, entries, layout, selected }: List, scroll: ReturnType<typeof useScroll>) {
  const { following, height, setFollowing } = scroll;
  const before = useRef({ entries, layout });
  const lastSeen = useRef(0);
  const id = entries[selected]?.id;
  /** The selected entry that may leave the box, because the reader asked for the newest entry. */
  const released = useRef<number>(undefined);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a change of height moves the end
  useLayoutEffect(() => {
    const element = box.current;
    const end = element ? element.scrollHeight - element.clientHeight : 0;
    const old = before.current;
    before.current = { entries, layout };
    if (element && following && id !== undefined && id !== released.current && layout.top(selected) < end) {
      element.scrollTop = layout.top(selected);
      lastSeen.current = old.entries.at(-1)?.id ?? 0;
      setFollowing(false);
    } else if (element && following) {
      element.scrollTop = end;
      lastSeen.current = entries.at(-1)?.id ?? 0;
    } else if (element) {
      element.scrollTop -= old.layout.top(droppedFrom(old.entries, entries));
    }
  }, [box, entries, layout, following, height]);

  useSelectedInView({ box, entries, layout, selected }, height);

  const follow = () => {
    released.current = id;
    setFollowing(true);
  };
  return { missed: following ? 0 : countAfter(entries, lastSeen.current), follow };
}

/** Scrolls to the selected row when the selection moves, or when the box becomes smaller while the row is in view. */
function useSelectedInView({ box, entries, layout, selected }: List, height: number): void {
  const before = useRef({ id: undefined as number | undefined, height });
  const id = entries[selected]?.id;
  // biome-ignore lint/correctness/useExhaustiveDependencies: new entries do not scroll
  useLayoutEffect(() => {
    const element = box.current;
    const old = before.current;
    before.current = { id, height };
    if (!element || id === undefined) {
      return;
    }
    const [top, bottom] = [layout.top(selected), layout.top(selected + 1)];
    const wasInView = top < element.scrollTop + old.height && bottom > element.scrollTop;
    if (id !== old.id || wasInView) {
      element.scrollTop = Math.min(Math.max(element.scrollTop, bottom - element.clientHeight), top);
    }
  }, [id, height]);
}

/** Updates the view when the box is scrolled or resized, until the returned function is called. */
function watchBox(element: HTMLElement, setView: (change: (old: Following) => Following) => void): () => void {
  const onScroll = () => {
    const following = element.scrollHeight - element.scrollTop - element.clientHeight <= slack;
    setView((old) => ({ ...old, top: element.scrollTop, following }));
  };
  const sizes = new ResizeObserver(() =>
    setView((old) => ({ ...old, height: element.clientHeight || old.height, width: element.clientWidth })),
  );
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
