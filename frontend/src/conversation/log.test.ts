import { describe, expect, it, vi } from 'vitest';
import { noteEntry, receivedEntry, sentEntry } from './entry';
import { Log, logLimits } from './log';
import { LogFilter } from './log-filter';
import { textMatcher } from './matcher';

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

describe('clearing and restoring', () => {
  it('restores cleared entries, before those that were added since', () => {
    const log = new Log(now);
    log.add(received('a'));
    log.clear();
    expect(log.snapshot()).toMatchObject({ entries: [], cleared: 1 });
    log.add(received('b'));
    log.undoClear();
    expect(log.snapshot()).toMatchObject({ entries: [{ text: 'a' }, { text: 'b' }], cleared: 0 });
    log.clear();
    log.forgetCleared();
    log.undoClear();
    expect(log.snapshot().entries).toEqual([]);
  });

  it('puts restored entries first, and keeps the pairs of request and reply', () => {
    const old = new Log(now);
    const asked = old.add(sentEntry('{"action":"whoami"}', 'sent'));
    old.add(receivedEntry('{}', { kind: 'json', value: {} }, { id: asked, route: 'whoami', trip: 3 }));
    const log = new Log(now);
    log.add(received('new'));
    log.restore(old.snapshot().entries);
    const [request, reply, fresh] = log.snapshot().entries;
    expect(fresh?.text).toBe('new');
    expect([request, reply, fresh].map((entry) => entry?.id)).toEqual(
      [request, reply, fresh].map((entry) => entry?.id).toSorted((a = 0, b = 0) => a - b),
    );
    expect(reply).toMatchObject({ request: { id: request?.id, trip: 3 } });
  });

  it('ignores entries after it was closed', () => {
    const log = new Log(now);
    log.add(received('a'));
    log.close();
    log.add(received('b'));
    log.undoClear();
    expect(log.snapshot().entries).toEqual([]);
    expect(log.all()).toEqual([]);
  });
});

describe('LogFilter', () => {
  it('continues in the next call if a call takes long', () => {
    const log = new Log(now);
    for (let i = 0; i < 10; i++) {
      log.add(received(`${i}`));
    }
    let time = 0;
    const filter = new LogFilter(textMatcher(''), '', () => {
      time += 5;
      return time;
    });
    const sizes: number[] = [];
    do {
      sizes.push(filter.apply(log.snapshot()).length);
    } while (!filter.done);
    expect(sizes).toEqual([2, 4, 6, 8, 10]);
  });

  function filtered(text: string, type: string) {
    const log = new Log(now);
    const filter = new LogFilter(text === '' ? undefined : textMatcher(text), type);
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
