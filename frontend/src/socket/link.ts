import { Heartbeat } from './heartbeat';
import { type Message, parseMessage } from './message';
import { NoOffer, type Offer, type Settings } from './options';
import { NoReply, Requests } from './requests';
import type { Ending } from './state';
import { Timer } from './timer';

/** What a link tells its owner. After "ended", and after `drop`, nothing more. */
export type LinkEvents = {
  /** Whether to go on with this offer. */
  readonly offered: (link: Link, offer: Offer) => boolean;
  readonly opened: (link: Link) => void;
  readonly received: (link: Link, data: string | ArrayBuffer, message: Message) => void;
  readonly pinged: (text: string) => void;
  readonly ponged: (milliseconds: number) => void;
  readonly ended: (link: Link, ending: Ending) => void;
};

/** One attempt and the connection it becomes: asks for an offer, opens one WebSocket, and ends once. */
export class Link {
  readonly #settings: Settings;
  readonly #events: LinkEvents;
  readonly #requests = new Requests();
  readonly #heartbeat: Heartbeat;
  readonly #handshake = new Timer();
  #socket: WebSocket | undefined;
  #offer: Offer | undefined;
  #over = false;
  #pingedAt: number | undefined;
  /** When it was opened, Unix time in milliseconds; undefined if it never was. */
  openedAt: number | undefined;

  constructor(settings: Settings, events: LinkEvents) {
    this.#settings = settings;
    this.#events = events;
    this.#heartbeat = new Heartbeat(settings.timing, { ping: () => this.#ping(), silent: () => this.#silent() });
  }

  get isOpen(): boolean {
    return !this.#over && this.#socket?.readyState === WebSocket.OPEN;
  }

  get protocol(): string {
    return this.#socket?.protocol ?? '';
  }

  /** What was offered; undefined until the supplier answered. */
  get offer(): Offer | undefined {
    return this.#offer;
  }

  get quiet(): boolean {
    return this.#heartbeat.quiet;
  }

  /** How long it has been open, in milliseconds. */
  get lasted(): number {
    return this.openedAt === undefined ? 0 : Date.now() - this.openedAt;
  }

  /** Begins. It never throws: what goes wrong, in the supplier too, is an ending. */
  async start(): Promise<void> {
    this.#handshake.start(this.#settings.timing.handshake, () => this.#silent());
    try {
      const offer = await this.#settings.offer();
      if (!this.#over) {
        this.#open(offer);
      }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#end({ kind: 'failed', message, final: error instanceof NoOffer || error instanceof SyntaxError });
    }
  }

  /** Sends one text; false, and nothing is sent, unless it is open. */
  send(text: string): boolean {
    if (!this.isOpen) {
      return false;
    }
    this.#socket?.send(text);
    this.#heartbeat.sent();
    return true;
  }

  /** Sends a text and waits for its reply. */
  request(text: string, isReply: (message: Message) => boolean, milliseconds: number): Promise<Message> {
    return this.send(text)
      ? this.#requests.wait(isReply, milliseconds)
      : Promise.reject(new NoReply('there is no open connection'));
  }

  /** Sends a ping and ends the link if nothing comes back in time. */
  probe(): void {
    this.#heartbeat.probe();
  }

  /** Ends it with code 1000, and tells nobody. */
  drop(): void {
    this.#finish();
  }

  #open(offer: Offer): void {
    this.#offer = offer;
    if (!this.#events.offered(this, offer)) {
      this.#end({ kind: 'failed', message: 'There is nothing newer to offer.', final: true });
      return;
    }
    const socket = new WebSocket(this.#settings.url, [...offer.protocols]);
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      this.#handshake.stop();
      this.openedAt = Date.now();
      this.#heartbeat.start();
      this.#events.opened(this);
    };
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => this.#receive(data);
    // "error" is not listened to: it tells nothing, and "close" follows it.
    socket.onclose = ({ code, reason }) =>
      this.#end({ kind: 'closed', code, reason, opened: this.openedAt !== undefined, lasted: this.lasted });
  }

  #receive(data: string | ArrayBuffer): void {
    const message = parseMessage(data);
    this.#heartbeat.received();
    this.#requests.received(message);
    if (this.#pingedAt !== undefined && message.kind !== 'error' && this.#settings.isPong(message)) {
      this.#events.ponged(performance.now() - this.#pingedAt);
      this.#pingedAt = undefined;
    }
    this.#events.received(this, data, message);
  }

  #ping(): boolean {
    const { ping } = this.#settings;
    if (!this.isOpen) {
      return false;
    }
    this.#socket?.send(ping);
    this.#pingedAt = performance.now();
    this.#events.pinged(ping);
    return true;
  }

  #silent(): void {
    this.#end({ kind: 'silent', opened: this.openedAt !== undefined, lasted: this.lasted });
  }

  #end(ending: Ending): void {
    if (!this.#over) {
      this.#finish();
      this.#events.ended(this, ending);
    }
  }

  #finish(): void {
    this.#over = true;
    this.#handshake.stop();
    this.#heartbeat.stop();
    this.#requests.end();
    if (this.#socket) {
      this.#socket.onopen = null;
      this.#socket.onmessage = null;
      this.#socket.onclose = null;
      this.#socket.close(1000);
    }
  }
}
