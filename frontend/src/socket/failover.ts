import type { Ending, SocketEvent } from './state';

/** So many failed attempts in a row at one address are followed by an attempt at the next one. */
const tries = 2;

/** An attempt that fails after so many milliseconds is enough: the address does not answer. */
const patience = 8000;

/** So long after the first address was left, the next attempt is at the first one again. */
const homeAfter = 10 * 60_000;

/**
 * Chooses the address of each attempt to connect, of several in the order of preference, such as the stacks of two
 * regions. It never ends an open connection. The delays before the attempts, which are random, are those of the client.
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
    if (this.#index > 0 && this.#startedAt - this.#leftAt >= homeAfter) {
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
    if (this.#failures < tries && now - this.#startedAt < patience) {
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

/** Returns whether it is the ending of an attempt that may succeed at another address. */
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
