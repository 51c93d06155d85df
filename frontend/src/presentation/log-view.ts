import { store, stored } from '../stored';

/** How the rows of the log look. */
export type LogView = {
  readonly wrapped: boolean;
  readonly time: 'clock' | 'gap' | 'age';
};

/** The names of the times. */
export const times: Readonly<Record<LogView['time'], string>> = {
  clock: 'Time of day',
  gap: 'Time since the line before',
  age: 'Age',
};

const key = 'log-view';
const standard: LogView = { wrapped: false, time: 'clock' };

/** Returns the view that was chosen in this browser. */
export function storedView(): LogView {
  try {
    const kept = JSON.parse(stored(key) ?? '{}') as Partial<LogView> | null;
    const time = kept?.time !== undefined && Object.hasOwn(times, kept.time) ? kept.time : standard.time;
    return { wrapped: kept?.wrapped === true, time };
  } catch {
    return standard; // the content is not ours
  }
}

/** Stores the view for later visits. */
export function storeView(view: LogView): void {
  store(key, JSON.stringify(view));
}
