import { Link, type LinkEvents, type Terms } from './link';
import type { Message } from './message';
import type { Settings } from './options';
import { Refresher } from './refresh';
import { backoff, isFinal } from './retry';
import type { Ending } from './state';
import { Timer } from './timer';
import { Twins } from './twins';

/** What a renewal tells its owner. */
export type RenewalEvents = {
  /** The next connection answers: it carries from now on. */
  readonly confirmed: (next: Link) => void;
  readonly failed: (ending: Ending) => void;
  /** The carrying connection asked for a later expiry, by this text, which tells no secret. */
  readonly refreshing: (text: string, bytes: number) => void;
  /** It has one: to be planned anew. */
  readonly refreshed: (carrying: Link, expires: number) => void;
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
  readonly #linkEvents: LinkEvents;
  readonly #due = new Timer();
  readonly #confirm = new Timer();
  readonly #overlap = new Timer();
  readonly #twins = new Twins();
  readonly #refresher: Refresher;
  #carrying: Link | undefined;
  #next: Link | undefined;
  #old: Link | undefined;
  #failures = 0;

  constructor(settings: Settings, linkEvents: LinkEvents, events: RenewalEvents) {
    this.#settings = settings;
    this.#linkEvents = linkEvents;
    this.#events = events;
    this.#refresher = new Refresher(settings, { sent: events.refreshing, failed: () => this.#open() });
  }

  /** A connection carries from now on, or until later: plans its renewal and returns when that will be, in Unix milliseconds. */
  plan(carrying: Link): number {
    this.#refresher.stop();
    this.#carrying = carrying;
    this.#failures = 0;
    const delay = this.#delay(carrying);
    this.#due.start(delay, () => this.#begin());
    return Date.now() + delay;
  }

  /** Whether to go on with an offer: for a replacement, unless it would expire no later than the present one. */
  offered(link: Link, terms: Terms): boolean {
    const present = this.#carrying?.terms?.expires;
    if (link !== this.#next || present === undefined || this.#aged()) {
      return true;
    }
    return terms.expires === undefined || terms.expires > present;
  }

  /** Returns whether the link is a replacement. */
  opened(link: Link): boolean {
    if (link !== this.#next) {
      return false;
    }
    this.#twins.begin();
    link.probe();
    this.#confirm.start(this.#settings.timing.pong, () => this.#giveUp(link));
    return true;
  }

  /** Whether a push is to be shown: not if its copy came by the other connection. */
  pass(link: Link, text: string): boolean {
    return this.#twins.pass(link, text);
  }

  received(link: Link, message: Message): void {
    if (link === this.#next && this.#settings.isPong(message)) {
      this.#replace(link);
    } else if (link === this.#carrying) {
      this.#extend(link, this.#refresher.received(message));
    }
  }

  /** Returns whether the link is one of those that do not carry. */
  ended(link: Link, ending: Ending): boolean {
    if (link === this.#old) {
      this.#finishOverlap();
      return true;
    }
    if (link === this.#next) {
      this.#lose(ending);
      return true;
    }
    return false;
  }

  /** The carrying connection is gone: the replacement that is under way, if any, is handed over. */
  takeOver(): Link | undefined {
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
    this.#twins.stop();
  }

  #aged(): boolean {
    const { renewal, renewalSpread } = this.#settings.timing;
    return (this.#carrying?.lasted ?? 0) >= renewal - renewalSpread;
  }

  /** How long until a connection is renewed: before the server's limit, and before its offer expires. */
  #delay(link: Link): number {
    const { renewal, renewalSpread, expiryMargin } = this.#settings.timing;
    const age = Math.max(renewal - renewalSpread * this.#settings.random() - link.lasted, soonest);
    // Not positive: this machine's clock is fast, or the server let an expired offer in.
    const life = (link.terms?.expires ?? Number.POSITIVE_INFINITY) - Date.now();
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
  #extend(link: Link, expires: number | undefined): void {
    if (expires !== undefined && expires > (link.terms?.expires ?? Number.POSITIVE_INFINITY)) {
      link.extend(expires);
      this.#events.refreshed(link, expires);
    }
  }

  #open(): void {
    this.#finishOverlap();
    this.#next = new Link(this.#settings, this.#linkEvents);
    void this.#next.start(false);
  }

  #replace(next: Link): void {
    this.#confirm.stop();
    this.#next = undefined;
    this.#old = this.#carrying;
    this.#overlap.start(this.#settings.timing.overlap, () => this.#finishOverlap());
    this.#events.confirmed(next);
  }

  #giveUp(link: Link): void {
    link.drop();
    this.#lose({ kind: 'silent', opened: true, lasted: link.lasted });
  }

  /** The replacement ended before it carried; the present connection stays, and another try follows if that makes sense. */
  #lose(ending: Ending): void {
    this.#next = undefined;
    this.#confirm.stop();
    this.#twins.end(this.#settings.timing.overlap);
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
    this.#twins.end(this.#settings.timing.overlap);
  }
}
