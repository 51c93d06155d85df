import { Store } from '../store';
import { type Armed, fetchState, type LambdaEvent, type OpenConnection, type State } from './inspector-api';

/** The known state of the local run. */
export type Inspected = {
  /** The events in the order of their start. */
  readonly events: readonly LambdaEvent[];
  readonly connections: readonly OpenConnection[];
  readonly armed: Armed;
  /** Whether all events so far have arrived. */
  readonly loaded: boolean;
  /** Why the last request failed, if it did. */
  readonly problem?: string;
};

/** The largest number of events: the same as in the local run. */
const maxEvents = 1000;

/** The delay between two requests in milliseconds, so that many events come in batches. */
const pause = 250;

/** The delay after a failed request. */
const longPause = 2000;

/** Polls the state of a local run. */
export class Inspection extends Store<Inspected> {
  #run: number | undefined;
  #after: number | undefined;

  constructor() {
    super({ events: [], connections: [], armed: {}, loaded: false });
  }

  /** Polls while the page is visible, until the returned function is called. */
  readonly follow = (): (() => void) => {
    const end = new AbortController();
    void this.#ask(end.signal);
    return () => end.abort();
  };

  /** Deletes the events so far. */
  readonly clear = (): void => this.set({ ...this.snapshot(), events: [] });

  async #ask(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await inView(signal);
      let rest = pause;
      try {
        const state = await fetchState(this.#after, signal);
        this.#take(state);
        rest = state.more ? 0 : pause;
      } catch (error) {
        rest = longPause;
        if (!signal.aborted) {
          const problem = problemOf(error);
          this.set({ ...this.snapshot(), problem });
        }
      }
      await sleep(rest, signal);
    }
  }

  #take({ run, events, more, connections, armed }: State): void {
    if (this.#run !== undefined && this.#run !== run) {
      // The request named an event of the previous run, so request all events.
      this.#run = run;
      this.#after = undefined;
      this.set({ events: [], connections, armed, loaded: false });
      return;
    }
    this.#run = run;
    this.#after = events.at(-1)?.id ?? this.#after ?? 0;
    this.set({
      events: merge(this.snapshot().events, events),
      connections,
      armed,
      loaded: !more || this.snapshot().loaded,
    });
  }
}

/** Adds events. The local run reports them when they end; here they are sorted by their start. */
function merge(known: readonly LambdaEvent[], more: readonly LambdaEvent[]): readonly LambdaEvent[] {
  return more.length === 0 ? known : [...known, ...more].sort((a, b) => a.at - b.at || a.id - b.id).slice(-maxEvents);
}

function problemOf(error: unknown): string {
  // The browser's error text does not help.
  if (error instanceof TypeError) {
    return 'The local run does not answer.';
  }
  return error instanceof Error ? error.message : String(error);
}

/** Resolves when the page is visible, or when the signal is aborted. */
function inView(signal: AbortSignal): Promise<void> {
  if (document.visibilityState === 'visible' || signal.aborted) {
    return Promise.resolve();
  }
  return new Promise((done) => {
    document.addEventListener('visibilitychange', () => done(), { once: true, signal });
    signal.addEventListener('abort', () => done(), { once: true });
  });
}

/** Resolves after so many milliseconds, or when the signal is aborted. */
function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    setTimeout(done, milliseconds);
    signal.addEventListener('abort', () => done(), { once: true });
  });
}
