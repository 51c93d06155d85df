import { describe, expect, it, vi } from 'vitest';
import { noteEntry, receivedEntry, sentEntry } from './entry';
import { Log, logLimits } from './log';
import { LogFilter } from './log-filter';

const received = (text: string) => receivedEntry(text, { kind: 'text', text });
const now = (publish: () => void) => publish();

describe('Log', () => {
  it('keeps the newest entries, and counts the dropped ones', () => {
    const log = new Log(() => {});
    for (let i = 0; i < logLimits.entries + 1500; i++) {
      log.add(received(`${i}`));
    }
    let publish = () => {};
    const shown = new Log((later) => (publish = later));
    for (let i = 0; i < logLimits.entries + 3; i++) {
      shown.add(received(`${i}`));
    }
    publish();
    const { entries, dropped } = shown.snapshot();
    expect([entries.length, dropped, entries[0]?.text]).toEqual([logLimits.entries, 3, '3']);
  });

  it('limits the characters, but always keeps the newest entry', () => {
    const log = new Log(now);
    const half = 'x'.repeat(logLimits.characters / 2);
    log.add(received(half));
    log.add(received(half));
    expect(log.snapshot().entries).toHaveLength(2);
    log.add(received('y'));
    expect(log.snapshot()).toMatchObject({ dropped: 1, entries: [{ text: half }, { text: 'y' }] });
    log.add(received(half + half + half));
    expect(log.snapshot().entries).toHaveLength(1);
  });

  it('publishes many entries at once', () => {
    let publish = () => {};
    const schedule = vi.fn((later: () => void) => (publish = later));
    const log = new Log(schedule);
    const listener = vi.fn();
    log.subscribe(listener);
    log.add(received('a'));
    log.add(received('b'));
    expect(schedule).toHaveBeenCalledOnce();
    expect(log.snapshot().entries).toEqual([]);
    publish();
    expect(listener).toHaveBeenCalledOnce();
    expect(log.snapshot().entries).toHaveLength(2);
    log.add(received('c'));
    expect(schedule).toHaveBeenCalledTimes(2);
  });

  it('gives each entry a new id, also after it was cleared', () => {
    const log = new Log(now);
    const first = log.add(received('a'));
    log.clear();
    expect(log.snapshot()).toMatchObject({ entries: [], dropped: 0 });
    expect(log.add(received('b'))).toBe(first + 1);
  });

  it('changes an entry, if it still has it', () => {
    const log = new Log(now);
    const id = log.add(sentEntry('x', 'queued'));
    log.change(id, (entry) => ({ ...entry, outcome: 'sent' }) as typeof entry);
    log.change(99, () => expect.unreachable());
    expect(log.snapshot()).toMatchObject({ entries: [{ outcome: 'sent' }], revision: 1 });
  });
});

describe('LogFilter', () => {
  function filtered(text: string, type: string) {
    const log = new Log(now);
    const filter = new LogFilter({ text, type });
    const texts = () => filter.apply(log.snapshot()).map((entry) => entry.text);
    return { log, texts };
  }

  it.each([
    ['', '', 3],
    ['', 'sent', 1],
    ['', 'note', 1],
    ['', 'text', 1],
    ['HEL', '', 2],
    ['hello', 'received', 1],
    ['nothing', '', 0],
  ])('selects entries with the text %j and the type %j: %i', (text, type, count) => {
    const { log, texts } = filtered(text, type);
    log.add(noteEntry('Open', false));
    log.add(sentEntry('Hello', 'sent'));
    log.add(received('hello'));
    expect(texts()).toHaveLength(count);
  });

  it('follows added, dropped, changed and cleared entries', () => {
    const { log, texts } = filtered('a', '');
    log.add(received('a1'));
    log.add(received('b1'));
    const id = log.add(received('a2'));
    expect(texts()).toEqual(['a1', 'a2']);
    log.add(received('a3'));
    expect(texts()).toEqual(['a1', 'a2', 'a3']);
    expect(texts()).toEqual(['a1', 'a2', 'a3']);
    log.change(id, (entry) => ({ ...entry, text: 'b2' }));
    expect(texts()).toEqual(['a1', 'a3']);
    log.add(received(`a${'x'.repeat(logLimits.characters)}`));
    expect(texts()).toHaveLength(1);
    log.clear();
    expect(texts()).toEqual([]);
    log.add(received('a4'));
    expect(texts()).toEqual(['a4']);
  });
});
