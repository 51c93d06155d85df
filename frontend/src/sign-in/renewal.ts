import type { User } from 'oidc-client-ts';
import type { Manager } from './manager';

/** The delay after the first failure, in milliseconds. It doubles with each failure, up to longestWait. */
const firstWait = 1000;
const longestWait = 60_000;

/**
 * Renews the tokens with the refresh token. Concurrent callers share one request, because an issuer may accept a refresh
 * token only once. After a failure it waits before the next request, longer each time.
 */
export class Renewal {
  #running: Promise<User | null> | undefined;
  #failures = 0;
  /** The earliest time of the next request, as performance.now(). */
  #notBefore = 0;

  /** Whether a renewal would start without a delay. */
  get due(): boolean {
    return performance.now() >= this.#notBefore;
  }

  /** The renewal under way, if there is one. */
  get running(): Promise<User | null> | undefined {
    return this.#running;
  }

  /** Resolves with the user who has the new tokens, or null if there is no refresh token. It rejects as signinSilent does. */
  renew(manager: Manager): Promise<User | null> {
    this.#running ??= this.#ask(manager).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #ask(manager: Manager): Promise<User | null> {
    const wait = this.#notBefore - performance.now();
    if (wait > 0) {
      await new Promise((resolve) => setTimeout(resolve, wait));
    }
    const before = await manager.getUser();
    if (!before?.refresh_token) {
      return null; // without one the library would try a hidden frame, which the site's policy forbids
    }
    try {
      const user = await manager.signinSilent();
      this.#failures = 0;
      return user;
    } catch (error) {
      this.#notBefore = performance.now() + waitAfter(this.#failures);
      this.#failures += 1;
      throw error;
    }
  }
}

/** Returns a random delay between half and all of a value that doubles with each failure, to spread the load. */
function waitAfter(failures: number): number {
  return (0.5 + Math.random() / 2) * Math.min(longestWait, firstWait * 2 ** failures);
}
