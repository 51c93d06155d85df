/** The number of additional rows before and after the visible ones, so that scrolling shows no gap. */
const spare = 12;

/** The rows of a list from `start` up to but not including `end`. */
export type Rows = { readonly start: number; readonly end: number };

/** The places of the rows of a list, in pixels. */
export type RowLayout = {
  readonly count: number;
  /** Returns the top of a row; of the row after the last one, it is the height of the list. */
  readonly top: (index: number) => number;
  /** Returns the row at a position. */
  readonly at: (position: number) => number;
};

/** Returns the layout of rows of the same height. */
export function equalRows(count: number, height: number): RowLayout {
  return {
    count,
    top: (index) => Math.min(Math.max(index, 0), count) * height,
    at: (position) => Math.floor(position / height),
  };
}

/** Returns the layout of rows of different heights. */
export function unequalRows(heights: readonly number[]): RowLayout {
  const tops = new Float64Array(heights.length + 1);
  heights.forEach((height, index) => {
    tops[index + 1] = (tops[index] ?? 0) + height;
  });
  const top = (index: number) => tops[Math.min(Math.max(index, 0), heights.length)] ?? 0;
  return { count: heights.length, top, at: (position) => lastBelow(tops, position) };
}

/** Returns the index of the last top that is not below the position. */
function lastBelow(tops: Float64Array, position: number): number {
  let low = 0;
  let high = tops.length;
  while (high - low > 1) {
    const middle = (low + high) >> 1;
    if ((tops[middle] ?? 0) <= position) {
      low = middle;
    } else {
      high = middle;
    }
  }
  return low;
}

/** Returns the rows that a box shows. `top` is the scroll position and `height` the height of the box. */
export function visibleRows(layout: RowLayout, top: number, height: number): Rows {
  const { count } = layout;
  const position = Math.max(0, Math.min(top, layout.top(count) - height));
  const start = Math.max(0, layout.at(position) - spare);
  return { start, end: Math.min(count, layout.at(position + height) + 1 + spare) };
}
