import { describe, expect, it, vi } from 'vitest';
import {
  formatAge,
  formatCount,
  formatDuration,
  formatGap,
  formatJson,
  formatLeft,
  formatMoment,
  formatPlural,
  formatSize,
  formatTime,
} from './format';

describe('formatJson', () => {
  it.each<[unknown, string]>([
    ['hello', '"hello"'],
    [{ a: 1 }, '{"a":1}'],
    [undefined, ''],
    [{ text: 'x'.repeat(80) }, `{\n  "text": "${'x'.repeat(80)}"\n}`],
  ])('writes %j', (value, text) => {
    expect(formatJson(value)).toBe(text);
  });

  it('indents a short value if the limit is 0', () => {
    expect(formatJson({ a: 1 }, 0)).toBe('{\n  "a": 1\n}');
  });

  it('does not indent a deeply nested value', () => {
    const json = '['.repeat(100) + ']'.repeat(100);
    expect(formatJson(JSON.parse(json))).toBe(json);
  });

  it('does not fail for the deepest nesting that fits into a message', () => {
    let value: unknown = [];
    for (let depth = 1; depth < 65_536; depth++) {
      value = [value];
    }
    expect(formatJson(value).length).toBeLessThanOrEqual(131_072);
  });
});

describe('times', () => {
  const at = new Date(2026, 0, 2, 9, 5, 7, 42).getTime();

  it('formatTime includes milliseconds', () => {
    expect(formatTime(at)).toBe('09:05:07.042');
  });

  it('formatMoment includes the date unless it is today', () => {
    vi.useFakeTimers({ now: at });
    expect(formatMoment(at)).toBe('09:05:07');
    vi.setSystemTime(new Date(2026, 0, 1));
    expect(formatMoment(at)).toBe('2026-01-02 09:05:07');
    vi.useRealTimers();
  });

  it.each([
    [340, '0.3 s'],
    [9_949, '9.9 s'],
    [9_960, '10 s'],
    [59_600, '1 min 0 s'],
    [603_900, '10 min 4 s'],
    [7_200_000, '2 h 0 min'],
  ])('formatDuration writes %i ms as %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text);
  });
});

describe('formatLeft', () => {
  it.each([
    [-5, '0 s'],
    [1, '1 s'],
    [9_001, '10 s'],
    [125_000, '2 min 5 s'],
  ])('writes %i ms as %s', (milliseconds, text) => {
    expect(formatLeft(milliseconds)).toBe(text);
  });
});

describe('formatSize', () => {
  it.each([
    [0, '0 B'],
    [1023, '1,023 B'],
    [1_048_064, '1,023.5 KB'],
    [32_768, '32.0 KB'],
    [5 * 1024 * 1024, '5.0 MB'],
  ])('writes %i as %s', (bytes, text) => {
    expect(formatSize(bytes)).toBe(text);
  });
});

describe('numbers', () => {
  it.each([
    [0, '0', '0 answers'],
    [1, '1', '1 answer'],
    [12_345, '12,345', '12,345 answers'],
  ])('writes %i as %s', (count, text, things) => {
    expect(formatCount(count)).toBe(text);
    expect(formatPlural(count, 'answer')).toBe(things);
  });

  it('uses the plural that is given', () => {
    expect([formatPlural(1, 'reply', 'replies'), formatPlural(2, 'reply', 'replies')]).toEqual([
      '1 reply',
      '2 replies',
    ]);
  });
});

describe('relative times', () => {
  it.each([
    [0.4, '+0.4 ms', 'now'],
    [12, '+12 ms', 'now'],
    [5000, '+5.0 s', '5 s'],
    [125_000, '+2 min 5 s', '2 min'],
    [7_300_000, '+2 h 1 min', '2 h'],
  ])('writes %i ms as %s and %s', (milliseconds, gap, age) => {
    expect(formatGap(milliseconds)).toBe(gap);
    expect(formatAge(milliseconds)).toBe(age);
  });
});
