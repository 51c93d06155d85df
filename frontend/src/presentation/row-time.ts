import type { Entry } from '../conversation/entry';
import { formatAge, formatGap, formatTime } from './format';
import type { LogView } from './log-view';

/** Returns the time of a row: the time of day, the time since the entry before, or the age. */
export function timeOf(entry: Entry, before: Entry | undefined, time: LogView['time'], now: number): string {
  switch (time) {
    case 'clock':
      return formatTime(entry.at);
    case 'gap':
      return before ? formatGap(Math.max(0, entry.at - before.at)) : '';
    case 'age':
      return formatAge(Math.max(0, now - entry.at));
  }
}
