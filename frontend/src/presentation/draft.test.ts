import { expect, it } from 'vitest';
import { inspectDraft } from './draft';

it.each<[string, string, RegExp | undefined]>([
  ['', 'empty', undefined],
  [' \n', 'blank text', undefined],
  ['hello', 'text, goes to $default', undefined],
  ['{"a":1}', 'JSON, goes to $default', undefined],
  ['42', 'JSON, goes to $default', undefined],
  ['{"action":"ping"}', 'JSON, goes to the route ping', undefined],
  ['{"a":1', 'text', /^Not JSON: /],
  ["{'a':1}", 'text', /^Not JSON: /],
  ['x'.repeat(32 * 1024), 'text, goes to $default', undefined],
  ['x'.repeat(32 * 1024 + 1), 'long', /^Over 32 KB/],
  ['é'.repeat(64 * 1024 + 1), 'too long', /^Over 128 KB/],
])('inspects %.20j', (text, kind, warning) => {
  const draft = inspectDraft(text);
  expect(draft.kind).toBe(kind);
  expect(draft.warning ?? '').toMatch(warning ?? /^$/);
  expect(draft.share).toBeLessThanOrEqual(1);
});
