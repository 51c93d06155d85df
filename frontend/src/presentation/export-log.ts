import type { Entry } from '../conversation/entry';
import { saveFile } from './save-file';

/** Returns the entries as JSON lines: one object per line, oldest first, times in ISO 8601. */
export function jsonLines(entries: readonly Entry[]): string {
  return entries.map((entry) => `${JSON.stringify(exported(entry))}\n`).join('');
}

/** Returns the fields that have a meaning outside this page. */
function exported(entry: Entry): object {
  const { id: _, at, ...fields } = entry;
  if (fields.direction !== 'received') {
    return { at: new Date(at).toISOString(), ...fields };
  }
  const { request, ...received } = fields;
  return { at: new Date(at).toISOString(), ...received, route: request?.route, trip: request?.trip };
}

/** Saves the entries as a file through the browser. */
export function saveLog(entries: readonly Entry[]): void {
  saveFile('sallyport', Date.now(), { text: jsonLines(entries), type: 'jsonl' });
}
