import { utf8Length } from './bytes';
import type { Connection } from './connection';
import type { Message } from './message';
import type { Refresh, Settings } from './options';
import { Timer } from './timer';

/** The events of a Refresher. */
export type RefresherEvents = {
  /** The message was sent. */
  readonly sent: (text: string, bytes: number) => void;
  /** The refresh failed: no newer token, a refusal, or no reply. */
  readonly failed: () => void;
};

/** Extends an open connection: sends a message with a newer token and waits for the reply. */
export class Refresher {
  readonly #settings: Settings;
  readonly #events: RefresherEvents;
  readonly #deadline = new Timer();
  #asking: AbortController | undefined;

  constructor(settings: Settings, events: RefresherEvents) {
    this.#settings = settings;
    this.#events = events;
  }

  /** Starts a refresh and cancels the one under way. Without the option `refresh` it fails at once. */
  begin(connection: Connection): void {
    this.stop();
    const asking = new AbortController();
    this.#asking = asking;
    this.#deadline.start(this.#settings.timing.handshake, () => this.#fail());
    void this.#send(connection, asking.signal);
  }

  /** Returns the new expiry in a reply; undefined if the message is not a reply. A refusal fails the refresh under way. */
  received(message: Message): number | undefined {
    const answer = this.#settings.isRefreshed(message);
    if (answer === 'refused') {
      this.#fail();
      return undefined;
    }
    return answer;
  }

  /** Cancels the refresh under way, without an event. */
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
      // The replacement that follows reports the problem.
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
