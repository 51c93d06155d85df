import type { Entry } from '../conversation/entry';

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
  const url = URL.createObjectURL(new Blob([jsonLines(entries)], { type: 'application/jsonl' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `sallyport-${new Date().toISOString().replaceAll(/[:.]/g, '-')}.jsonl`;
  link.click();
  // The browser reads the address meanwhile. Some browsers need it for a while after the click.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
