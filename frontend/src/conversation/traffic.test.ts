import { describe, expect, it } from 'vitest';
import { span, Traffic } from './traffic';

describe('Traffic', () => {
  it('counts by second, for one minute', () => {
    const traffic = new Traffic();
    traffic.received(100, 1_000_000);
    traffic.received(10, 1_000_999);
    traffic.received(1, 1_003_000);
    const { received, sent } = traffic.at(1_004_000);
    expect(received.messagesBySecond.slice(-5)).toEqual([2, 0, 0, 1, 0]);
    expect(received.bytesBySecond.slice(-5)).toEqual([110, 0, 0, 1, 0]);
    expect(received.messagesBySecond).toHaveLength(span);
    expect(sent.messages).toBe(0);
    const later = traffic.at(1_004_000 + 60_000).received;
    expect(Math.max(...later.messagesBySecond)).toBe(0);
    expect([later.messages, later.bytes]).toEqual([3, 111]);
  });

  it('is correct after a long pause and after a clock change', () => {
    const traffic = new Traffic();
    traffic.sent(1, 1_000_000);
    traffic.sent(1, 9_000_000_000);
    traffic.sent(1, 8_999_999_000);
    expect(traffic.at(9_000_000_000).sent.messagesBySecond.slice(-2)).toEqual([1, 1]);
  });

  it('keeps the last 60 round trips', () => {
    const traffic = new Traffic();
    for (let i = 0; i < 100; i++) {
      traffic.trip(i === 0 ? 'rare' : 'whoami', i);
    }
    expect(traffic.at(0).trips).toHaveLength(60);
    expect(traffic.at(0).trips.at(-1)).toBe(99);
    const { routes } = traffic.at(0);
    expect([...routes.keys()]).toEqual(['rare', 'whoami']);
    expect(routes.get('rare')).toEqual([0]);
    expect(routes.get('whoami')).toHaveLength(60);
  });
});
