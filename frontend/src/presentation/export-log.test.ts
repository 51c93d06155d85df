import { expect, it } from 'vitest';
import { noteEntry, receivedEntry, sentEntry } from '../conversation/entry';
import { jsonLines } from './export-log';

it('writes one object per line, with the text unchanged', () => {
  const at = Date.UTC(2026, 0, 2, 9, 5, 7, 42);
  const text = '{"type":"event",\n"data":"Grüezi"}';
  const entries = [
    noteEntry('Open', false),
    sentEntry('x', 'queued'),
    receivedEntry(text, { kind: 'text', text }, { id: 1, route: 'whoami', trip: 3 }),
  ];
  const lines = jsonLines(entries.map((entry, id) => ({ ...entry, id, at })));
  expect(lines.endsWith('}\n')).toBe(true);
  const parsed = lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  expect(parsed).toEqual([
    { at: '2026-01-02T09:05:07.042Z', direction: 'note', text: 'Open', type: 'state', size: 0, trouble: false },
    { at: '2026-01-02T09:05:07.042Z', direction: 'sent', text: 'x', type: 'message', size: 1, outcome: 'queued' },
    {
      at: '2026-01-02T09:05:07.042Z',
      direction: 'received',
      text,
      type: 'text',
      size: 34,
      kind: 'text',
      route: 'whoami',
      trip: 3,
    },
  ]);
});
