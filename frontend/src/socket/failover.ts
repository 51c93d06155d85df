import type { Ending, SocketEvent } from './state';

/** The number of failed attempts in a row at one address, after which the next attempt is at the next address. */
const tries = 2;

/** One failed attempt is enough if it took at least this time, in milliseconds: the address does not answer. */
const slowAttempt = 8000;

/** The time after which the first address is used again, in milliseconds since the client left it. */
const returnAfter = 10 * 60_000;

/**
 * Chooses one of several addresses for each attempt to connect, such as the stacks of two regions. They are in the order
 * of preference. It never ends an open connection. The client decides the random delays before the attempts.
 */
export class Failover<Address> {
  readonly #addresses: readonly Address[];
  #index = 0;
  #failures = 0;
  #leftAt = 0;
  #startedAt = 0;

  /** `addresses` has at least one address. The first one is preferred. */
  constructor(addresses: readonly Address[]) {
    this.#addresses = addresses;
  }

  /** Returns the address of the attempt that begins now. */
  readonly next = (): Address => {
    this.#startedAt = Date.now();
    if (this.#index > 0 && this.#startedAt - this.#leftAt >= returnAfter) {
      this.#index = 0;
      this.#failures = tries - 1; // one failure is enough to leave it again
    }
    const address = this.#addresses[this.#index];
    if (address === undefined) {
      throw new RangeError('there is no address');
    }
    return address;
  };

  /** Must be called when an attempt succeeded. */
  readonly opened = (): void => {
    this.#failures = 0;
  };

  /** Must be called when an attempt failed, before the next one begins. */
  readonly failed = (): void => {
    const now = Date.now();
    this.#failures += 1;
    if (this.#failures < tries && now - this.#startedAt < slowAttempt) {
      return;
    }
    this.#failures = 0;
    if (this.#index === 0) {
      this.#leftAt = now;
    }
    this.#index = (this.#index + 1) % this.#addresses.length;
  };

  /** Counts the attempts of a Socket: give it to `listen`. The loss of an open connection is no failed attempt. */
  readonly follow = (event: SocketEvent): void => {
    if (event.kind === 'opened') {
      this.opened();
    } else if ((event.kind === 'ended' || event.kind === 'notRenewed') && failed(event.ending)) {
      this.failed();
    }
  };
}

/** Returns whether the ending is that of an attempt which may succeed at another address. */
function failed(ending: Ending): boolean {
  switch (ending.kind) {
    case 'failed':
      return !ending.final;
    case 'closed':
    case 'timeout':
      return !ending.opened;
    case 'disconnected':
      return false;
  }
}
