/** Supplies the subprotocols of one attempt. It is asked anew each time, so that a token among them is fresh. */
export type ProtocolSupplier = () => Promise<readonly string[]>;

/** How a connection, or the attempt at one, ended. */
export type Ending =
  /** The browser reported a close. */
  | {
      readonly kind: 'closed';
      /** Close code (RFC 6455, 7.4); 1006 when there was no close frame. */
      readonly code: number;
      readonly reason: string;
      /** Whether it had been open before. */
      readonly opened: boolean;
      /** Whether this side asked for it. */
      readonly ours: boolean;
      /** How long it had been open, in milliseconds. */
      readonly lasted: number;
    }
  /** Called off before it was open. */
  | { readonly kind: 'cancelled' }
  /** Not even attempted, for the reason that `message` tells. */
  | { readonly kind: 'failed'; readonly message: string };

/** The state of a Socket at one moment. */
export type SocketSnapshot =
  | { readonly state: 'idle' }
  | { readonly state: 'connecting' }
  /** `since` is Unix time in milliseconds; `protocol` is the subprotocol the server chose, or "". */
  | { readonly state: 'open'; readonly protocol: string; readonly since: number }
  | { readonly state: 'closing' }
  | { readonly state: 'closed'; readonly ending: Ending };

/**
 * One WebSocket connection at a time, as a state machine:
 *
 *     idle ──connect──▶ connecting ──▶ open ──disconnect──▶ closing
 *                        │  ▲            │                     │
 *                        ▼  └──connect── ▼                     │
 *                        closed ◀──────────────────────────────┘
 *
 * It depends on nothing but the browser. `subscribe` and `snapshot` are what
 * React's useSyncExternalStore asks for. It does not connect again by itself.
 */
export class Socket {
  #snapshot: SocketSnapshot = { state: 'idle' };
  #socket: WebSocket | undefined;
  #ours = false;
  /** Counts attempts, so that what belongs to a past one is recognised. */
  #attempt = 0;
  readonly #listeners = new Set<() => void>();
  readonly #receivers = new Set<(data: string | ArrayBuffer) => void>();

  /** The present state: the same object until it changes. */
  readonly snapshot = (): SocketSnapshot => this.#snapshot;

  /** Calls listener after each change of state, until the returned function is called. */
  readonly subscribe = (listener: () => void): (() => void) => subscription(this.#listeners, listener);

  /** Calls receiver with each message, until the returned function is called. */
  readonly onMessage = (receiver: (data: string | ArrayBuffer) => void): (() => void) =>
    subscription(this.#receivers, receiver);

  /**
   * Starts an attempt, unless one is under way or open. It never throws: what
   * goes wrong, in the supplier too, ends in state "closed".
   */
  async connect(url: string, protocols: ProtocolSupplier): Promise<void> {
    if (!['idle', 'closed'].includes(this.#snapshot.state)) {
      return;
    }
    this.#attempt += 1;
    const attempt = this.#attempt;
    this.#ours = false;
    this.#enter({ state: 'connecting' });
    try {
      const offered = await protocols();
      if (attempt === this.#attempt) {
        this.#open(new WebSocket(url, [...offered]));
      }
    } catch (error) {
      if (attempt === this.#attempt) {
        this.#end({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
      }
    }
  }

  /** Closes with code 1000, or calls off an attempt. Otherwise it does nothing. */
  disconnect(): void {
    if (!['connecting', 'open'].includes(this.#snapshot.state)) {
      return;
    }
    this.#ours = true;
    if (this.#socket) {
      this.#enter({ state: 'closing' });
      this.#socket.close(1000);
    } else {
      this.#end({ kind: 'cancelled' });
    }
  }

  /** Sends one text message. It returns false, and sends nothing, unless the state is "open". */
  send(text: string): boolean {
    if (this.#snapshot.state !== 'open' || this.#socket?.readyState !== WebSocket.OPEN) {
      return false;
    }
    this.#socket.send(text);
    return true;
  }

  #open(socket: WebSocket): void {
    let opened: number | undefined;
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onopen = () => {
      opened = Date.now();
      this.#enter({ state: 'open', protocol: socket.protocol, since: opened });
    };
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) => {
      for (const receiver of [...this.#receivers]) {
        receiver(data);
      }
    };
    // "error" is not listened to: it tells nothing, and "close" follows it.
    socket.onclose = ({ code, reason }) => {
      const ours = this.#ours;
      if (ours && opened === undefined) {
        this.#end({ kind: 'cancelled' });
        return;
      }
      const lasted = opened === undefined ? 0 : Date.now() - opened;
      this.#end({ kind: 'closed', code, reason, opened: opened !== undefined, ours, lasted });
    };
  }

  #end(ending: Ending): void {
    this.#attempt += 1;
    this.#socket = undefined;
    this.#enter({ state: 'closed', ending });
  }

  #enter(snapshot: SocketSnapshot): void {
    this.#snapshot = snapshot;
    for (const listener of [...this.#listeners]) {
      listener();
    }
  }
}

function subscription<T>(all: Set<T>, one: T): () => void {
  all.add(one);
  return () => {
    all.delete(one);
  };
}
