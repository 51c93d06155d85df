/** Rows beyond the visible ones that are there as well, so that scrolling does not show a gap. */
const spare = 12;

/** The rows `start` to `end`, without `end`, of a list. */
export type Rows = { readonly start: number; readonly end: number };

/** Which of `count` rows of the same height a box shows. `top` is how far it is scrolled; all in pixels. */
export function visibleRows(count: number, top: number, box: number, row: number): Rows {
  const first = Math.floor(Math.max(0, top) / row);
  const shown = Math.ceil(box / row) + 1;
  const start = Math.max(0, Math.min(first, count - shown) - spare);
  return { start, end: Math.min(count, Math.max(0, Math.min(first, count - shown)) + shown + spare) };
}
