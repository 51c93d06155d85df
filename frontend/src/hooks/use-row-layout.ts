import { type RefObject, useLayoutEffect, useMemo, useRef, useState } from 'react';
import type { Entry } from '../conversation/entry';
import { viewOf } from '../presentation/entry-view';
import { equalRows, type RowLayout, unequalRows } from '../presentation/row-layout';

/**
 * The height of a row, and of each further line of a wrapped row, in rem. tokens.css has the same value as --row, and
 * message-row.css for .log-wrapped.
 */
const rowRem = 1.75;
const lineRem = 1.25;

/** Returns the layout of the entries. The height of a wrapped row depends on the number of its characters. */
export function useRowLayout(
  box: RefObject<HTMLElement | null>,
  entries: readonly Entry[],
  wrapped: boolean,
  width: number,
): RowLayout {
  const [rem] = useState(remInPixels);
  const columns = useColumns(box, wrapped, width);
  const lengths = useRef(new WeakMap<Entry, number>());
  return useMemo(() => {
    if (!wrapped) {
      return equalRows(entries.length, rowRem * rem);
    }
    const lengthOf = (entry: Entry) => {
      const length = lengths.current.get(entry) ?? columnsOf(viewOf(entry).line);
      lengths.current.set(entry, length);
      return length;
    };
    return unequalRows(
      entries.map((entry) => (rowRem + lineRem * (Math.ceil(Math.max(1, lengthOf(entry)) / columns) - 1)) * rem),
    );
  }, [entries, wrapped, columns, rem]);
}

/** Returns the width of a text in columns. Wide characters, such as Chinese ones, take two. */
function columnsOf(text: string): number {
  return text.length + (text.match(/[\u1100-\u{10ffff}]/gu)?.length ?? 0);
}

/** Returns the number of characters in one line of the text of a row. */
function useColumns(box: RefObject<HTMLElement | null>, wrapped: boolean, width: number): number {
  const [columns, setColumns] = useState(80);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the width of the box changes the result
  useLayoutEffect(() => {
    const line = box.current?.querySelector('.row .row-line');
    const ruler = box.current?.querySelector('.log-ruler');
    if (wrapped && line && ruler) {
      const one = ruler.getBoundingClientRect().width / (ruler.textContent?.length || 1);
      setColumns(Math.max(8, Math.floor(line.getBoundingClientRect().width / one) || 80));
    }
  }, [box, wrapped, width]);
  return columns;
}

function remInPixels(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;
}
