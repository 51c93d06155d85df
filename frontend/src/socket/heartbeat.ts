import type { Timing } from './options';
import { Timer } from './timer';

/** What a heartbeat does to its connection. */
export type HeartbeatActions = {
  /** Sends a ping; false if that is not possible. */
  readonly ping: () => boolean;
  /** Nothing came back in time. */
  readonly silent: () => void;
};

/**
 * Keeps one connection from being idle and notices when it is dead. Each
 * ping is a message that costs money, so there is none while others pass.
 */
export class Heartbeat {
  readonly #timing: Timing;
  readonly #actions: HeartbeatActions;
  readonly #idle = new Timer();
  readonly #deadline = new Timer();
  #last = 0;
  #heard = 0;

  constructor(timing: Timing, actions: HeartbeatActions) {
    this.#timing = timing;
    this.#actions = actions;
  }

  start(): void {
    this.#last = Date.now();
    this.#heard = this.#last;
    this.#rest();
  }

  stop(): void {
    this.#idle.stop();
    this.#deadline.stop();
  }

  /** A message was sent. */
  sent(): void {
    this.#last = Date.now();
  }

  /** A message came: the connection lives. */
  received(): void {
    this.#last = Date.now();
    this.#heard = this.#last;
    this.#deadline.stop();
  }

  /** Whether nothing was heard for some time. */
  get quiet(): boolean {
    return Date.now() - this.#heard >= this.#timing.quiet;
  }

  /** Sends a ping, unless one is on its way. */
  probe(): void {
    if (!this.#deadline.running && this.#actions.ping()) {
      this.#last = Date.now();
      this.#deadline.start(this.#timing.pong, this.#actions.silent);
    }
  }

  /** Looks again when the connection may have been idle for too long: cheaper than a new timer for each message. */
  #rest(): void {
    const left = this.#last + this.#timing.heartbeat - Date.now();
    if (left <= 0) {
      this.probe();
    }
    this.#idle.start(left > 0 ? left : this.#timing.heartbeat, () => this.#rest());
  }
}
