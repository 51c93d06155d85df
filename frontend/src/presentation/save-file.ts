/**
 * Saves a text as a file through the browser. `name` and `at`, in Unix milliseconds, become the name of the file, such as
 * "sallyport-2026-01-02T03-04-05-678Z.json".
 */
export function saveFile(name: string, at: number, { text, type }: { text: string; type: 'json' | 'jsonl' }): void {
  const url = URL.createObjectURL(new Blob([text], { type: `application/${type}` }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `${name}-${new Date(at).toISOString().replaceAll(/[:.]/g, '-')}.${type}`;
  link.click();
  // Some browsers still read the address for a while after the click.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
