import { Connection, type ConnectionEvents, type PublicParams } from './connection';
import { Dedupe } from './dedupe';
import type { Message } from './message';
import type { Settings } from './options';
import { Refresher } from './refresh';
import { backoff, isFinal } from './retry';
import type { Ending } from './state';
import { Timer } from './timer';

/** What a renewal tells its owner. */
export type RenewalEvents = {
  /** The next connection answers: it carries from now on. */
  readonly confirmed: (next: Connection) => void;
  readonly failed: (ending: Ending) => void;
  /** The carrying connection asked for a later expiry, by this text, which tells no secret. */
  readonly refreshing: (text: string, bytes: number) => void;
  /** It has one: to be planned anew. */
  readonly refreshed: (carrying: Connection, expires: number) => void;
};

/** No connection is renewed sooner than this, in milliseconds, however soon its offer expires. */
const soonest = 1000;

/**
 * Before the offer of the connection that carries expires, it is refreshed.
 * If that fails, and before it is too old: make before break. A second one is
 * opened. When that answers a ping, it carries, and the first one only
 * receives for a while, then is closed.
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
  #carrying: Connection | undefined;
  #next: Connection | undefined;
  #old: Connection | undefined;
  #failures = 0;

  constructor(settings: Settings, connectionEvents: ConnectionEvents, events: RenewalEvents) {
    this.#settings = settings;
    this.#connectionEvents = connectionEvents;
    this.#events = events;
    this.#refresher = new Refresher(settings, { sent: events.refreshing, failed: () => this.#open() });
  }

  /** A connection carries from now on, or until later: plans its renewal and returns when that will be, in Unix milliseconds. */
  plan(carrying: Connection): number {
    this.#refresher.stop();
    this.#carrying = carrying;
    this.#failures = 0;
    const delay = this.#delay(carrying);
    this.#due.start(delay, () => this.#begin());
    return Date.now() + delay;
  }

  /** Whether to go on with an offer: for a replacement, unless it would expire no later than the present one. */
  mayOpen(connection: Connection, params: PublicParams): boolean {
    const present = this.#carrying?.params?.expires;
    if (connection !== this.#next || present === undefined || this.#aged()) {
      return true;
    }
    return params.expires === undefined || params.expires > present;
  }

  /** Returns whether the link is a replacement. */
  opened(connection: Connection): boolean {
    if (connection !== this.#next) {
      return false;
    }
    this.#dedupe.begin();
    connection.probe();
    this.#confirm.start(this.#settings.timing.pong, () => this.#giveUp(connection));
    return true;
  }

  /** Whether a push is to be shown: not if its copy came by the other connection. */
  pass(connection: Connection, text: string): boolean {
    return this.#dedupe.pass(connection, text);
  }

  received(connection: Connection, message: Message): void {
    if (connection === this.#next && this.#settings.isPong(message)) {
      this.#replace(connection);
    } else if (connection === this.#carrying) {
      this.#extend(connection, this.#refresher.received(message));
    }
  }

  /** Returns whether the link is one of those that do not carry. */
  ended(connection: Connection, ending: Ending): boolean {
    if (connection === this.#old) {
      this.#finishOverlap();
      return true;
    }
    if (connection === this.#next) {
      this.#lose(ending);
      return true;
    }
    return false;
  }

  /** The carrying connection is gone: the replacement that is under way, if any, is handed over. */
  takeOver(): Connection | undefined {
    const next = this.#next;
    this.#next = undefined;
    this.#carrying = undefined;
    this.#due.stop();
    this.#confirm.stop();
    this.#refresher.stop();
    this.#finishOverlap();
    return next;
  }

  /** Ends everything but the carrying connection. */
  stop(): void {
    this.takeOver()?.drop();
    this.#dedupe.stop();
  }

  #aged(): boolean {
    const { renewal, renewalSpread } = this.#settings.timing;
    return (this.#carrying?.lasted ?? 0) >= renewal - renewalSpread;
  }

  /** How long until a connection is renewed: before the server's limit, and before its offer expires. */
  #delay(connection: Connection): number {
    const { renewal, renewalSpread, expiryMargin } = this.#settings.timing;
    const age = Math.max(renewal - renewalSpread * this.#settings.random() - connection.lasted, soonest);
    // Not positive: this machine's clock is fast, or the server let an expired offer in.
    const life = (connection.params?.expires ?? Number.POSITIVE_INFINITY) - Date.now();
    return life <= 0 ? age : Math.min(age, Math.max(life - Math.min(expiryMargin, life / 4), soonest));
  }

  #begin(): void {
    if (this.#next) {
      return; // an answer that came late planned this: what is under way decides
    }
    if (this.#carrying && this.#settings.refresh && !this.#aged()) {
      this.#refresher.begin(this.#carrying);
    } else {
      this.#open();
    }
  }

  /** Whoever asked for it, an answer extends the connection that it came by. */
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
    this.#old = this.#carrying;
    this.#overlap.start(this.#settings.timing.overlap, () => this.#finishOverlap());
    this.#events.confirmed(next);
  }

  #giveUp(connection: Connection): void {
    connection.drop();
    this.#lose({ kind: 'silent', opened: true, lasted: connection.lasted });
  }

  /** The replacement ended before it carried; the present connection stays, and another try follows if that makes sense. */
  #lose(ending: Ending): void {
    this.#next = undefined;
    this.#confirm.stop();
    this.#dedupe.end(this.#settings.timing.overlap);
    this.#failures += 1;
    if (!this.#due.running) {
      this.#planAnother(isFinal(ending)); // else a refresh was answered meanwhile, which planned the next
    }
    this.#events.failed(ending);
  }

  #planAnother(final: boolean): void {
    if (!final && this.#failures < this.#settings.limits.firstTries) {
      this.#due.start(soonest + backoff(this.#failures + 2, this.#settings), () => this.#open());
    } else if (!this.#aged()) {
      this.#due.start(this.#untilAged(), () => this.#open());
    }
  }

  #untilAged(): number {
    return this.#settings.timing.renewal - (this.#carrying?.lasted ?? 0);
  }

  #finishOverlap(): void {
    this.#overlap.stop();
    this.#old?.drop();
    this.#old = undefined;
    this.#dedupe.end(this.#settings.timing.overlap);
  }
}
