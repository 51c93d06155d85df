import { Connection, type ConnectionEvents, type PublicParams } from './connection';
import { Dedupe } from './dedupe';
import type { Message } from './message';
import type { Settings } from './options';
import { Refresher } from './refresh';
import { backoff, isFinal } from './retry';
import type { Ending } from './state';
import { Timer } from './timer';

/** The events of a Renewal. */
export type RenewalEvents = {
  /** The new connection answered a ping. It is the connection in use from now on. */
  readonly confirmed: (next: Connection) => void;
  readonly failed: (ending: Ending) => void;
  /** The connection in use sent a refresh: its text without the secret, and its size in bytes. */
  readonly refreshing: (text: string, bytes: number) => void;
  /** The connection in use has a later expiry, so its renewal must be scheduled again. */
  readonly refreshed: (current: Connection, expires: number) => void;
};

/** The shortest delay of a renewal, in milliseconds, even if the credential expires sooner. */
const minDelay = 1000;

/**
 * Refreshes the connection in use before its credential expires. If the refresh fails, or if the connection becomes too
 * old, it opens a second connection (make before break). When the second one answers a ping, it is the connection in use.
 * The first one only receives for a while, and then it is closed.
 */
export class Renewal {
  readonly #settings: Settings;
  readonly #events: RenewalEvents;
  readonly #connectionEvents: ConnectionEvents;
  readonly #due = new Timer();
  readonly #confirm = new Timer();
  readonly #overlap = new Timer();
  readonly #dedupe = new Dedupe();
  readonly #refresher: Refresher;
  #current: Connection | undefined;
  #next: Connection | undefined;
  #old: Connection | undefined;
  #failures = 0;

  constructor(settings: Settings, connectionEvents: ConnectionEvents, events: RenewalEvents) {
    this.#settings = settings;
    this.#connectionEvents = connectionEvents;
    this.#events = events;
    this.#refresher = new Refresher(settings, { sent: events.refreshing, failed: () => this.#open() });
  }

  /** Schedules the renewal of the connection in use, or reschedules it after a refresh. It returns the time in Unix milliseconds. */
  plan(current: Connection): number {
    this.#refresher.stop();
    this.#current = current;
    this.#failures = 0;
    const delay = this.#delay(current);
    this.#due.start(delay, () => this.#begin());
    return Date.now() + delay;
  }

  /** Returns whether to open a connection. A replacement is not opened if it would not expire later than the present one. */
  mayOpen(connection: Connection, params: PublicParams): boolean {
    const present = this.#current?.params?.expires;
    if (connection !== this.#next || present === undefined || this.#aged()) {
      return true;
    }
    return params.expires === undefined || params.expires > present;
  }

  /** Returns whether the connection is a replacement. */
  opened(connection: Connection): boolean {
    if (connection !== this.#next) {
      return false;
    }
    this.#dedupe.begin();
    connection.probe();
    this.#confirm.start(this.#settings.timing.pong, () => this.#noPong(connection));
    return true;
  }

  /** Returns whether to report a push: false if its copy came on the other connection. */
  pass(connection: Connection, text: string): boolean {
    return this.#dedupe.pass(connection, text);
  }

  received(connection: Connection, message: Message): void {
    if (connection === this.#next && this.#settings.isPong(message)) {
      this.#replace(connection);
    } else if (connection === this.#current) {
      this.#extend(connection, this.#refresher.received(message));
    }
  }

  /** Returns whether the connection is not the one in use. */
  ended(connection: Connection, ending: Ending): boolean {
    if (connection === this.#old) {
      this.#finishOverlap();
      return true;
    }
    if (connection === this.#next) {
      this.#replacementFailed(ending);
      return true;
    }
    return false;
  }

  /** Returns the replacement under way, if there is one, because the connection in use has ended. */
  takeOver(): Connection | undefined {
    const next = this.#next;
    this.#next = undefined;
    this.#current = undefined;
    this.#due.stop();
    this.#confirm.stop();
    this.#refresher.stop();
    this.#finishOverlap();
    return next;
  }

  /** Ends everything except the connection in use. */
  stop(): void {
    this.takeOver()?.drop();
    this.#dedupe.stop();
  }

  #aged(): boolean {
    const { renewal, renewalSpread } = this.#settings.timing;
    return (this.#current?.lasted ?? 0) >= renewal - renewalSpread;
  }

  /** Returns the delay until a connection is renewed: before the server's limit, and before its credential expires. */
  #delay(connection: Connection): number {
    const { renewal, renewalSpread, expiryMargin } = this.#settings.timing;
    const age = Math.max(renewal - renewalSpread * this.#settings.random() - connection.lasted, minDelay);
    // Not positive: this machine's clock is fast, or the server accepted an expired credential.
    const life = (connection.params?.expires ?? Number.POSITIVE_INFINITY) - Date.now();
    return life <= 0 ? age : Math.min(age, Math.max(life - Math.min(expiryMargin, life / 4), minDelay));
  }

  #begin(): void {
    if (this.#next) {
      return; // a late reply scheduled this; the replacement under way decides
    }
    if (this.#current && this.#settings.refresh && !this.#aged()) {
      this.#refresher.begin(this.#current);
    } else {
      this.#open();
    }
  }

  /** A reply extends the connection on which it came, even if it answers another request. */
  #extend(connection: Connection, expires: number | undefined): void {
    if (expires !== undefined && expires > (connection.params?.expires ?? Number.POSITIVE_INFINITY)) {
      connection.extend(expires);
      this.#events.refreshed(connection, expires);
    }
  }

  #open(): void {
    this.#finishOverlap();
    this.#next = new Connection(this.#settings, this.#connectionEvents);
    void this.#next.start(false);
  }

  #replace(next: Connection): void {
    this.#confirm.stop();
    this.#next = undefined;
    this.#old = this.#current;
    this.#overlap.start(this.#settings.timing.overlap, () => this.#finishOverlap());
    this.#events.confirmed(next);
  }

  #noPong(connection: Connection): void {
    connection.drop();
    this.#replacementFailed({ kind: 'timeout', opened: true, lasted: connection.lasted });
  }

  /** The replacement ended before it was in use. The present connection stays, and another attempt follows unless it is final. */
  #replacementFailed(ending: Ending): void {
    this.#next = undefined;
    this.#confirm.stop();
    this.#dedupe.end(this.#settings.timing.overlap);
    this.#failures += 1;
    if (!this.#due.running) {
      this.#planAnother(isFinal(ending)); // else a reply to a refresh came meanwhile and scheduled the next renewal
    }
    this.#events.failed(ending);
  }

  #planAnother(final: boolean): void {
    if (!final && this.#failures < this.#settings.limits.firstTries) {
      this.#due.start(minDelay + backoff(this.#failures + 2, this.#settings), () => this.#open());
    } else if (!this.#aged()) {
      this.#due.start(this.#untilAged(), () => this.#open());
    }
  }

  #untilAged(): number {
    return this.#settings.timing.renewal - (this.#current?.lasted ?? 0);
  }

  #finishOverlap(): void {
    this.#overlap.stop();
    this.#old?.drop();
    this.#old = undefined;
    this.#dedupe.end(this.#settings.timing.overlap);
  }
}
