import type { Settings } from './options';
import type { Ending } from './state';
import { Timer } from './timer';

/** Close codes after which another attempt is not wanted or would fail too: a normal end, a policy, a missing extension. */
const finalCodes: ReadonlySet<number> = new Set([1000, 1008, 1010, 3000, 3003]);

/** Error codes of a closing message after which the client may connect again with a new credential. */
const retryCodes: ReadonlySet<string> = new Set(['token_expired']);

/** Error codes of a closing message that concern the user, not this connection only. */
const userWideCodes: ReadonlySet<string> = new Set(['disconnected', 'signed_out']);

/** Returns whether the ending concerns all connections of the user, also one that is being opened. */
export function isForAll(ending: Ending): boolean {
  return ending.kind === 'closed' && ending.closing !== undefined && userWideCodes.has(ending.closing.code);
}

/**
 * Returns whether no other attempt may follow. A failed handshake is not final: a browser does not distinguish a refusal
 * from a network failure, so the number of attempts is limited instead.
 */
export function isFinal(ending: Ending): boolean {
  switch (ending.kind) {
    case 'closed':
      if (ending.closing) {
        return !retryCodes.has(ending.closing.code);
      }
      return finalCodes.has(ending.code) || (ending.code >= 4000 && ending.code < 5000);
    case 'failed':
      return ending.final;
    case 'disconnected':
      return true;
    case 'timeout':
      return false;
  }
}

/** Counts attempts and computes the delay before the next one: exponential backoff with full jitter. */
export class Retry {
  readonly #settings: Settings;
  readonly #settled = new Timer();
  #failures = 0;
  #wasOpen = false;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /** The number of the attempt that is next or under way, from 1. */
  get attempt(): number {
    return this.#failures + 1;
  }

  /** Starts the count again, because `connect` was called. */
  reset(): void {
    this.#settled.stop();
    this.#failures = 0;
    this.#wasOpen = false;
  }

  /** Forgets the failures, because the network is back. */
  forgive(): void {
    this.#failures = 0;
  }

  /** Starts the count again if the open connection lasts. A server that closes each one at once is protected by the backoff. */
  opened(): void {
    this.#wasOpen = true;
    this.#settled.start(this.#settings.timing.settled, () => {
      this.#failures = 0;
    });
  }

  /** Returns the delay before the next attempt in milliseconds, or undefined after too many. `counts`: whether this one counts. */
  ended(counts: boolean): number | undefined {
    this.#settled.stop();
    const { firstTries, laterTries } = this.#settings.limits;
    if (counts) {
      this.#failures += 1;
    }
    if (this.#failures >= (this.#wasOpen ? laterTries : firstTries)) {
      return undefined;
    }
    return backoff(Math.max(this.#failures - 1, 0), this.#settings);
  }

  stop(): void {
    this.#settled.stop();
  }
}

/** Returns a random part of a delay that doubles with each failure, so that many clients do not come back at once. */
export function backoff(failures: number, { timing, random }: Pick<Settings, 'timing' | 'random'>): number {
  return random() * Math.min(timing.longestDelay, timing.firstDelay * 2 ** Math.min(failures, 30));
}
