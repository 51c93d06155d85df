import { Store } from '../store';
import { type Armed, fetchState, type LambdaEvent, type OpenConnection, type State } from './wire';

/** What is known of the local run. */
export type Inspected = {
  /** In the order in which they began. */
  readonly events: readonly LambdaEvent[];
  readonly connections: readonly OpenConnection[];
  readonly armed: Armed;
  /** Why it cannot be asked, if so. */
  readonly problem?: string;
};

/** As many as the local run keeps. */
const maxEvents = 1000;

/** Between two questions, so that a flood of events comes in portions. */
const pause = 250;

/** After a question that nobody answered. */
const longPause = 2000;

/** Follows what a local run tells, as long as somebody wants to know. */
export class Inspection extends Store<Inspected> {
  #run: number | undefined;
  #after: number | undefined;

  constructor() {
    super({ events: [], connections: [], armed: {} });
  }

  /** Keeps asking, while the page is in view, until the returned function is called. */
  readonly follow = (): (() => void) => {
    const end = new AbortController();
    void this.#ask(end.signal);
    return () => end.abort();
  };

  /** Forgets the events so far. */
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

  #take({ run, events, connections, armed }: State): void {
    if (this.#run !== undefined && this.#run !== run) {
      // What was asked for is an event of the run before: ask again, for all.
      this.#run = run;
      this.#after = undefined;
      this.set({ events: [], connections, armed });
      return;
    }
    this.#run = run;
    this.#after = events.at(-1)?.id ?? this.#after ?? 0;
    this.set({ events: merge(this.snapshot().events, events), connections, armed });
  }
}

/** Events are told when they are over; here they stand as they began. */
function merge(known: readonly LambdaEvent[], more: readonly LambdaEvent[]): readonly LambdaEvent[] {
  return more.length === 0 ? known : [...known, ...more].sort((a, b) => a.at - b.at || a.id - b.id).slice(-maxEvents);
}

function problemOf(error: unknown): string {
  // A browser's own words for that are of no use to anybody.
  if (error instanceof TypeError) {
    return 'The local run does not answer.';
  }
  return error instanceof Error ? error.message : String(error);
}

/** Resolves when the page is in view, or at the end. */
function inView(signal: AbortSignal): Promise<void> {
  if (document.visibilityState === 'visible' || signal.aborted) {
    return Promise.resolve();
  }
  return new Promise((done) => {
    document.addEventListener('visibilitychange', () => done(), { once: true, signal });
    signal.addEventListener('abort', () => done(), { once: true });
  });
}

/** Resolves after a while, or at the end. */
function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((done) => {
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener(
      'abort',
      () => {
        clearTimeout(timer);
        done();
      },
      { once: true },
    );
  });
}
