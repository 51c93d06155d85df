import { Heartbeat } from './heartbeat';
import { type ErrorData, errorDataOf, type Message, parseMessage } from './message';
import { CannotConnect, ConnectError, type ConnectParams, type Settings } from './options';
import { NoReply, Requests } from './requests';
import type { Ending } from './state';
import { Timer } from './timer';

/** The events of a connection. There are none after `ended` and after `drop`. */
export type ConnectionEvents = {
  /** Returns whether to open a WebSocket with these parameters. */
  readonly mayOpen: (connection: Connection, params: PublicParams) => boolean;
  readonly opened: (connection: Connection) => void;
  readonly received: (connection: Connection, data: string | ArrayBuffer, message: Message) => void;
  readonly pinged: (text: string) => void;
  readonly ponged: (milliseconds: number) => void;
  readonly ended: (connection: Connection, ending: Ending) => void;
};

/** The connect parameters without the subprotocols, which contain the secret. */
export type PublicParams = Omit<ConnectParams, 'protocols'>;

/** One attempt and the connection that results: it gets connect parameters, opens one WebSocket, and ends once. */
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
  /** The reason why the server is about to end the connection, from its closing message. */
  #closing: ErrorData | undefined;
  #pingedAt: number | undefined;
  /** The trace id of this attempt; undefined without the option. */
  readonly trace: string | undefined;
  /** When the connection was opened, Unix time in milliseconds; undefined if it never was. */
  openedAt: number | undefined;

  constructor(settings: Settings, events: ConnectionEvents) {
    this.#settings = settings;
    this.#events = events;
    this.trace = settings.trace?.();
    this.#heartbeat = new Heartbeat(settings.timing, { ping: () => this.#ping(), silent: () => this.#silent() });
  }

  get isOpen(): boolean {
    return !this.#over && this.#socket?.readyState === WebSocket.OPEN;
  }

  get protocol(): string {
    return this.#socket?.protocol ?? '';
  }

  /** The connect parameters without the secret; undefined until they were supplied. */
  get params(): PublicParams | undefined {
    return this.#params;
  }

  /** Sets a later expiry, Unix time in milliseconds. */
  extend(expires: number): void {
    this.#params = { ...this.#params, expires };
  }

  get quiet(): boolean {
    return this.#heartbeat.quiet;
  }

  /** How long the connection has been open, in milliseconds. */
  get lasted(): number {
    return this.openedAt === undefined ? 0 : Date.now() - this.openedAt;
  }

  /** Starts the attempt. It never rejects: every failure, also one of `connectParams`, is an ending. `asked`: by `connect`. */
  async start(asked: boolean): Promise<void> {
    this.#handshake.start(this.#settings.timing.handshake, () => this.#silent());
    try {
      const { trace } = this;
      const connectParams = await this.#settings.connectParams({ signal: this.#life.signal, asked, trace });
      if (!this.#over) {
        this.#open(connectParams);
      }
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const final = error instanceof CannotConnect || error instanceof SyntaxError;
      const code = error instanceof ConnectError ? error.code : undefined;
      this.#end({ kind: 'failed', message, final, ...(code !== undefined && { code }) });
    }
  }

  /** Sends one text. It returns false, and sends nothing, if the connection is not open. */
  send(text: string): boolean {
    if (!this.isOpen) {
      return false;
    }
    this.#socket?.send(text);
    this.#heartbeat.sent();
    return true;
  }

  /** Sends a text and resolves with its reply. */
  request(text: string, isReply: (message: Message) => boolean, milliseconds: number): Promise<Message> {
    return this.send(text)
      ? this.#requests.wait(isReply, milliseconds)
      : Promise.reject(new NoReply('there is no open connection'));
  }

  /** Sends a ping and ends the connection if no message comes in time. */
  probe(): void {
    this.#heartbeat.probe();
  }

  /** Ends the connection with code 1000, without an event. */
  drop(): void {
    this.#finish();
  }

  #open({ protocols, ...params }: ConnectParams): void {
    this.#params = params;
    if (!this.#events.mayOpen(this, params)) {
      this.#end({ kind: 'failed', message: 'There are no newer connect parameters.', final: true });
      return;
    }
    const traced = this.trace === undefined ? [] : [`trace.${this.trace}`];
    const socket = new WebSocket(params.url ?? this.#settings.url, [...protocols, ...traced]);
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      this.#handshake.stop();
      this.openedAt = Date.now();
      this.#heartbeat.start();
      this.#events.opened(this);
    };
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => this.#receive(data);
    // There is no listener for "error": it has no information, and "close" follows it.
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

  /** A closing message is the reason of a normal end only, because the network may also fail after one. */
  #closed(code: number, reason: string): void {
    const closing = code === 1000 && this.#closing ? { closing: this.#closing } : {};
    const { openedAt, lasted } = this;
    this.#end({ kind: 'closed', code, reason, opened: openedAt !== undefined, lasted, ...closing });
  }

  #silent(): void {
    this.#end({ kind: 'timeout', opened: this.openedAt !== undefined, lasted: this.lasted });
  }

  #end(ending: Ending): void {
    if (!this.#over) {
      this.#finish();
      this.#events.ended(this, this.trace === undefined ? ending : { ...ending, trace: this.trace });
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
