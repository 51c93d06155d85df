import type { Entry } from '../conversation/entry';

/** The entries as JSON lines: one object a line, oldest first, times in ISO 8601. */
export function jsonLines(entries: readonly Entry[]): string {
  return entries
    .map(({ id: _, at, ...entry }) => `${JSON.stringify({ at: new Date(at).toISOString(), ...entry })}\n`)
    .join('');
}

/** Has the browser save the entries as a file. */
export function saveLog(entries: readonly Entry[]): void {
  const url = URL.createObjectURL(new Blob([jsonLines(entries)], { type: 'application/jsonl' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `sallyport-${new Date().toISOString().replaceAll(/[:.]/g, '-')}.jsonl`;
  link.click();
  // The browser reads it meanwhile; at once would be too early for some.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
