import type { Signal, Signals } from '../socket/signals';

/** Signals of the network and the page that a test controls. */
export class MockSignals implements Signals {
  isOnline = true;
  readonly #listeners = new Set<(signal: Signal) => void>();

  /** The number of listeners. */
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
