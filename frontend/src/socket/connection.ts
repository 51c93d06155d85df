import { Heartbeat } from './heartbeat';
import { type ErrorData, errorDataOf, type Message, parseMessage } from './message';
import { CannotConnect, type ConnectParams, type Settings } from './options';
import { NoReply, Requests } from './requests';
import type { Ending } from './state';
import { Timer } from './timer';

/** What a link tells its owner. After "ended", and after `drop`, nothing more. */
export type ConnectionEvents = {
  /** Whether to go on with this offer. */
  readonly mayOpen: (connection: Connection, params: PublicParams) => boolean;
  readonly opened: (connection: Connection) => void;
  readonly received: (connection: Connection, data: string | ArrayBuffer, message: Message) => void;
  readonly pinged: (text: string) => void;
  readonly ponged: (milliseconds: number) => void;
  readonly ended: (connection: Connection, ending: Ending) => void;
};

/** What is kept of an offer: nothing that is secret. */
export type PublicParams = Omit<ConnectParams, 'protocols'>;

/** One attempt and the connection it becomes: asks for an offer, opens one WebSocket, and ends once. */
export class Connection {
  readonly #settings: Settings;
  readonly #events: ConnectionEvents;
  readonly #requests = new Requests();
  readonly #heartbeat: Heartbeat;
  readonly #handshake = new Timer();
  readonly #life = new AbortController();
  #socket: WebSocket | undefined;
  #params: PublicParams | undefined;
  #over = false;
  /** Why the server is about to end it, once it said so. */
  #closing: ErrorData | undefined;
  #pingedAt: number | undefined;
  /** When it was opened, Unix time in milliseconds; undefined if it never was. */
  openedAt: number | undefined;

  constructor(settings: Settings, events: ConnectionEvents) {
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

  /** On what terms it was offered; undefined until the supplier answered. */
  get params(): PublicParams | undefined {
    return this.#params;
  }

  /** The server lets it be for longer: until then, Unix time in milliseconds. */
  extend(expires: number): void {
    this.#params = { ...this.#params, expires };
  }

  get quiet(): boolean {
    return this.#heartbeat.quiet;
  }

  /** How long it has been open, in milliseconds. */
  get lasted(): number {
    return this.openedAt === undefined ? 0 : Date.now() - this.openedAt;
  }

  /** Begins. It never throws: what goes wrong, in the supplier too, is an ending. `asked`: somebody wants it. */
  async start(asked: boolean): Promise<void> {
    this.#handshake.start(this.#settings.timing.handshake, () => this.#silent());
    try {
      const connectParams = await this.#settings.connectParams({ signal: this.#life.signal, asked });
      if (!this.#over) {
        this.#open(connectParams);
      }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const final = error instanceof CannotConnect || error instanceof SyntaxError;
      const code = error instanceof CannotConnect ? error.code : undefined;
      this.#end({ kind: 'failed', message, final, ...(code !== undefined && { code }) });
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

  #open({ protocols, ...params }: ConnectParams): void {
    this.#params = params;
    if (!this.#events.mayOpen(this, params)) {
      this.#end({ kind: 'failed', message: 'There are no newer connect parameters.', final: true });
      return;
    }
    const socket = new WebSocket(this.#settings.url, [...protocols]);
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
    socket.onclose = ({ code, reason }) => this.#closed(code, reason);
  }

  #receive(data: string | ArrayBuffer): void {
    const message = parseMessage(data);
    this.#closing = errorDataOf(message, 'closing') ?? this.#closing;
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

  /** A closing message tells the reason of a normal end only: the network may break after one, too. */
  #closed(code: number, reason: string): void {
    const closing = code === 1000 && this.#closing ? { closing: this.#closing } : {};
    const { openedAt, lasted } = this;
    this.#end({ kind: 'closed', code, reason, opened: openedAt !== undefined, lasted, ...closing });
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
    this.#life.abort();
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
