import { describe, expect, it } from 'vitest';
import { type Entry, noteEntry, receivedEntry, sentEntry } from '../conversation/entry';
import { randomOf } from '../testing/random';
import { fileLimits, parseSession, sessionOf, textOf } from './session-file';

const at = Date.UTC(2026, 0, 2, 9, 5, 7, 42);
const jwt = 'eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhbGljZSJ9.c2lnbmF0dXJl';
const reply = '{"type":"echo",\n"data":"Grüezi \u2028"}';
const entries = [
  noteEntry('Open', false),
  sentEntry('{"action":"x"}', 'sent'),
  receivedEntry(reply, { kind: 'text', text: reply }, { id: 1, route: 'x', trip: 3.5 }),
  { ...noteEntry('Closed 1006', true), count: 3 },
].map((entry, id) => ({ ...entry, id, at: at + id })) as Entry[];

const session = sessionOf(entries, 7, 'https://console.example', at);
const text = textOf(session);

/** Returns the text of the file with changed fields. */
const changed = (change: object) => JSON.stringify({ ...JSON.parse(text), ...change });

it('a saved session can be opened again', () => {
  expect(parseSession(text)).toEqual({ ok: true, session });
  expect(session.lines[2]).toEqual({
    at: at + 2,
    direction: 'received',
    type: 'text',
    size: 37,
    text: reply,
    route: 'x',
    trip: 3.5,
  });
  expect(JSON.parse(text)).toMatchObject({ format: 'sallyport-session', version: 1, dropped: 7 });
  expect(JSON.parse(text).lines[0].at).toBe('2026-01-02T09:05:07.042Z');
});

it('an empty session can be saved and opened', () => {
  const empty = sessionOf([], 0, 'https://console.example', at);
  expect(parseSession(textOf(empty))).toEqual({ ok: true, session: empty });
});

it('has no token and no ticket', () => {
  const ticket = 'T'.repeat(43);
  const secrets = [
    sentEntry(`{"action":"refresh","token":"${jwt}"}`, 'sent'),
    sentEntry(`hello ${jwt}`, 'sent'),
    sentEntry(`{"a":{"ticket":"${ticket}"}}`, 'sent'),
    sentEntry(`bearer.${jwt} ticket.${ticket}`, 'sent'),
    noteEntry(`Closed (ticket.${ticket})`, true),
  ].map((entry, id) => ({ ...entry, id, at })) as Entry[];
  const saved = textOf(sessionOf(secrets, 0, 'https://console.example', at));
  expect(saved).not.toContain(ticket);
  for (const part of jwt.split('.')) {
    expect(saved).not.toContain(part);
  }
});

describe('parseSession refuses', () => {
  it.each<[string, string, RegExp]>([
    ['no JSON', '{"format":', /not JSON/],
    ['another document', '{"format":"har"}', /not a session/],
    ['null', 'null', /not a session/],
    ['a list', '[]', /not a session/],
    ['a later version', changed({ version: 2 }), /version 2\. This page reads version 1/],
    ['a version that is no number', changed({ version: { a: 'x'.repeat(999) } }), /^It has version .{1,20}\. This/],
    ['no version', changed({ version: undefined }), /version undefined/],
    ['no page', changed({ page: 1 }), /fields page/],
    ['no time', changed({ savedAt: 'yesterday' }), /savedAt/],
    ['a negative number', changed({ dropped: -1 }), /dropped/],
    ['no lines', changed({ lines: {} }), /lines/],
    ['too many lines', changed({ lines: Array.from({ length: fileLimits.lines + 1 }, () => 0) }), /12001 lines/],
    ['a line that is no object', changed({ lines: [[]] }), /Line 1 is malformed: it is not an object/],
    ['a line without a time', changed({ lines: [{ ...session.lines[0], at: 5 }] }), /at is not a time/],
    [
      'a line of another direction',
      changed({ lines: [{ ...session.lines[0], at: '2026', direction: 'x' }] }),
      /sent, rec/,
    ],
    ['a text that is no text', changed({ lines: [{ ...session.lines[0], at: '2026', text: {} }] }), /not a text/],
    ['a size below 0', changed({ lines: [{ ...session.lines[0], at: '2026', size: -1 }] }), /size/],
  ])('%s', (_, file, problem) => {
    const result = parseSession(file);
    expect(result.ok ? 'no problem' : result.problem).toMatch(problem);
  });
});

it('leaves out members that it does not know, or that have another type', () => {
  const line = { at: '2026', direction: 'sent', type: 't', size: 1, text: 'x', outcome: {}, trip: '1', onclick: 'x' };
  const result = parseSession(changed({ lines: [line], extra: 1 }));
  expect(result.ok && result.session.lines).toEqual([
    { at: Date.parse('2026'), direction: 'sent', type: 't', size: 1, text: 'x' },
  ]);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
});

it('never throws, and only returns sessions that can be saved again', () => {
  const { integer, json } = randomOf(20_261_129);
  const outcomes = { opened: 0, refused: 0 };
  for (let round = 0; round < 3000; round++) {
    const result = parseSession(round % 2 === 0 ? damaged(integer) : mixed(integer, json));
    if (result.ok) {
      outcomes.opened += 1;
      expect(parseSession(textOf(result.session))).toEqual(result);
    } else {
      outcomes.refused += 1;
      expect(result.problem).toMatch(/^[A-Z].{1,200}\.$/);
    }
  }
  expect(outcomes.opened).toBeGreaterThan(20);
  expect(outcomes.refused).toBeGreaterThan(1000);
});

/** Returns the file with a few characters changed, removed or repeated. */
function damaged(integer: (below: number) => number): string {
  let result = text;
  for (let changes = integer(3); changes >= 0; changes--) {
    const from = integer(result.length);
    const to = from + integer(4);
    result = result.slice(0, from) + result.slice(to, to + integer(3)) + result.slice(to);
  }
  return result;
}

/** Returns a file in which random values stand in place of some members. */
function mixed(integer: (below: number) => number, json: (depth: number) => unknown): string {
  const file = JSON.parse(text);
  const names = [...Object.keys(file), '__proto__', 'constructor'];
  if (integer(3) > 0) {
    Object.defineProperty(file, names[integer(names.length)] ?? '', { value: json(3), enumerable: true });
  }
  const lines: unknown = file.lines;
  const line: unknown = Array.isArray(lines) ? lines[integer(lines.length + 1)] : undefined;
  if (typeof line === 'object' && line !== null) {
    const keys = [...Object.keys(line), 'trip', '__proto__'];
    Object.defineProperty(line, keys[integer(keys.length)] ?? '', { value: json(2), enumerable: true });
  }
  return JSON.stringify(file);
}
