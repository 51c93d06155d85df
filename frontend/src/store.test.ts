import { expect, it, vi } from 'vitest';
import { Store } from './store';

class Counter extends Store<number> {
  readonly count = () => this.set(this.snapshot() + 1);
}

it('calls the other listeners when one throws, and reports the error', () => {
  const reported = vi.fn();
  vi.stubGlobal('reportError', reported);
  const counter = new Counter(1);
  const error = new Error('broken listener');
  const seen: number[] = [];
  counter.subscribe(() => {
    throw error;
  });
  const stop = counter.subscribe(() => seen.push(counter.snapshot()));
  counter.count();
  stop();
  counter.count();
  expect(seen).toEqual([2]);
  expect(reported).toHaveBeenCalledWith(error);
});
