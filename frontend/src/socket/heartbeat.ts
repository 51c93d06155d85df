import type { Timing } from './options';
import { Timer } from './timer';

/** The actions of a heartbeat on its connection. */
export type HeartbeatActions = {
  /** Sends a ping. It returns false if that is not possible. */
  readonly ping: () => boolean;
  /** Ends the connection, because no message came in time. */
  readonly silent: () => void;
};

/**
 * Keeps one connection from being idle and notices when it is dead. Each ping costs money, so none is sent while other
 * messages pass.
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

  /** Records that a message was sent. */
  sent(): void {
    this.#last = Date.now();
  }

  /** Records that a message was received, so the connection is alive. */
  received(): void {
    this.#last = Date.now();
    this.#heard = this.#last;
    this.#deadline.stop();
  }

  /** Whether no message was received for the time `quiet`. */
  get quiet(): boolean {
    return Date.now() - this.#heard >= this.#timing.quiet;
  }

  /** Sends a ping, unless one is under way. */
  probe(): void {
    if (!this.#deadline.running && this.#actions.ping()) {
      this.#last = Date.now();
      this.#deadline.start(this.#timing.pong, this.#actions.silent);
    }
  }

  /** Checks again when the connection may have been idle for too long. This is cheaper than a new timer for each message. */
  #rest(): void {
    const left = this.#last + this.#timing.heartbeat - Date.now();
    if (left <= 0) {
      this.probe();
    }
    this.#idle.start(left > 0 ? left : this.#timing.heartbeat, () => this.#rest());
  }
}
