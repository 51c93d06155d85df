import type { Settings } from './options';
import type { Ending } from './state';
import { Timer } from './timer';

/** Codes after which a server wants no other connection: a normal end, its policy, and what cannot be mended by trying. */
const finalCodes: ReadonlySet<number> = new Set([1000, 1008, 1010, 3000, 3003]);

/** Codes of a closing after which the client is welcome again, with something fresh to offer. */
const retryCodes: ReadonlySet<string> = new Set(['token_expired']);

/** Codes of a closing that is meant for the client, not for this connection of it. */
const userWideCodes: ReadonlySet<string> = new Set(['disconnected', 'signed_out']);

/** Whether no other connection of this client may go on either, not even one that is being opened. */
export function isForAll(ending: Ending): boolean {
  return ending.kind === 'closed' && ending.closing !== undefined && userWideCodes.has(ending.closing.code);
}

/**
 * Whether no other attempt may follow. A handshake that was refused is not
 * final: a browser does not tell a refusal from a network that is down, so
 * the number of attempts is bounded instead.
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
    case 'left':
      return true;
    case 'silent':
      return false;
  }
}

/** Counts attempts and says how long to wait before the next: exponential backoff with full jitter. */
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

  /** Somebody asks for a connection: everything begins anew. */
  reset(): void {
    this.#settled.stop();
    this.#failures = 0;
    this.#wasOpen = false;
  }

  /** A network is there again: what failed without it does not count. */
  forgive(): void {
    this.#failures = 0;
  }

  /** A connection is open. Only if it lasts does the count begin anew, or a server that ends each at once is stormed. */
  opened(): void {
    this.#wasOpen = true;
    this.#settled.start(this.#settings.timing.settled, () => {
      this.#failures = 0;
    });
  }

  /** An attempt or a connection ended: the wait before the next, in milliseconds, or undefined after too many. */
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

/** A random part of a delay that doubles with each failure, so that many clients do not come back at once. */
export function backoff(failures: number, { timing, random }: Pick<Settings, 'timing' | 'random'>): number {
  return random() * Math.min(timing.longestDelay, timing.firstDelay * 2 ** Math.min(failures, 30));
}
