import { Store } from '../store';
import { type Counts, fetchCounts } from './inspector-api';

/** The delay between two requests in milliseconds. The local run counts at the same interval. */
const delay = 2000;

/** Polls the numbers of connections and users over time. */
export class CountsOverTime extends Store<Counts> {
  constructor() {
    super({ counts: [] });
  }

  /** Polls while the page is visible, until the returned function is called. */
  readonly follow = (): (() => void) => {
    const end = new AbortController();
    void this.#ask(end.signal);
    const timer = setInterval(() => void this.#ask(end.signal), delay);
    return () => {
      end.abort();
      clearInterval(timer);
    };
  };

  async #ask(signal: AbortSignal): Promise<void> {
    if (document.visibilityState !== 'visible') {
      return;
    }
    try {
      this.set(await fetchCounts(signal));
    } catch {
      // The inspector itself reports that the local run does not answer.
    }
  }
}
