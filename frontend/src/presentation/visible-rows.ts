/** The number of additional rows before and after the visible ones, so that scrolling shows no gap. */
const spare = 12;

/** The rows of a list from `start` up to but not including `end`. */
export type Rows = { readonly start: number; readonly end: number };

/** Returns the rows that a box shows, of `count` rows with the same height. `top` is the scroll position; all in pixels. */
export function visibleRows(count: number, top: number, box: number, row: number): Rows {
  const first = Math.floor(Math.max(0, top) / row);
  const shown = Math.ceil(box / row) + 1;
  const start = Math.max(0, Math.min(first, count - shown) - spare);
  return { start, end: Math.min(count, Math.max(0, Math.min(first, count - shown)) + shown + spare) };
}
