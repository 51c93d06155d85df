import { utf8Length } from './bytes';
import type { Connection } from './connection';
import type { Message } from './message';
import type { Refresh, Settings } from './options';
import { Timer } from './timer';

/** What a refresher tells its owner. */
export type RefresherEvents = {
  /** The message was sent. */
  readonly sent: (text: string, bytes: number) => void;
  /** Nothing came of it: nothing newer to send, a refusal, or no answer. */
  readonly failed: () => void;
};

/** Extends an open connection: sends it a message with something newer than was offered, and waits for the answer. */
export class Refresher {
  readonly #settings: Settings;
  readonly #events: RefresherEvents;
  readonly #deadline = new Timer();
  #asking: AbortController | undefined;

  constructor(settings: Settings, events: RefresherEvents) {
    this.#settings = settings;
    this.#events = events;
  }

  /** Begins, in the place of what is under way. It tells of failure at once if there is no supplier. */
  begin(connection: Connection): void {
    this.stop();
    const asking = new AbortController();
    this.#asking = asking;
    this.#deadline.start(this.#settings.timing.handshake, () => this.#fail());
    void this.#send(connection, asking.signal);
  }

  /** Until when an answer extends the connection; undefined if the message is none. A refusal ends the waiting. */
  received(message: Message): number | undefined {
    const answer = this.#settings.isRefreshed(message);
    if (answer === 'refused') {
      this.#fail();
      return undefined;
    }
    return answer;
  }

  /** Gives up what is under way, and tells nobody. */
  stop(): void {
    this.#deadline.stop();
    this.#asking?.abort();
    this.#asking = undefined;
  }

  async #send(connection: Connection, signal: AbortSignal): Promise<void> {
    let refresh: Refresh | undefined;
    try {
      refresh = await this.#settings.refresh?.(signal);
    } catch {
      // The replacement that follows will tell what is wrong.
    }
    if (signal.aborted) {
      return;
    }
    const later = refresh && refresh.expires > (connection.params?.expires ?? Number.POSITIVE_INFINITY);
    if (refresh && later && connection.send(refresh.text)) {
      this.#events.sent(refresh.shown, utf8Length(refresh.text));
    } else {
      this.#fail();
    }
  }

  #fail(): void {
    if (this.#asking) {
      this.stop();
      this.#events.failed();
    }
  }
}
