import type { Signal, Signals } from '../socket/signals';

/** A network and a page that a test switches. */
export class MockSignals implements Signals {
  isOnline = true;
  readonly #listeners = new Set<(signal: Signal) => void>();

  /** How many listen. */
  get watched(): number {
    return this.#listeners.size;
  }

  readonly online = (): boolean => this.isOnline;

  readonly watch = (listener: (signal: Signal) => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  give(signal: Signal): void {
    if (signal !== 'visible') {
      this.isOnline = signal === 'online';
    }
    for (const listener of [...this.#listeners]) {
      listener(signal);
    }
  }
}
