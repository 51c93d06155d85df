import { Connection, type ConnectionEvents } from './connection';
import { errorDataOf, type Message } from './message';
import { type Options, type Settings, withDefaults } from './options';
import { Outbox } from './outbox';
import { Renewal } from './renewal';
import { NoReply } from './requests';
import { isFinal, isForAll, Retry } from './retry';
import type { Signal } from './signals';
import type { Ending, Receipt, SocketEvent, SocketSnapshot, SocketState } from './state';
import { Subscribers } from './subscribers';
import { Timer } from './timer';

/**
 * A WebSocket that stays connected. It connects again after a loss, with new connect parameters each time. It replaces a
 * connection before the server's limits end it. It reports whether each message was sent. README.md draws its states.
 *
 * It depends on the browser only. `subscribe` and `snapshot` have the shapes that React's useSyncExternalStore needs.
 */
export class Socket {
  readonly #settings: Settings;
  readonly #retry: Retry;
  readonly #outbox: Outbox;
  readonly #renewal: Renewal;
  readonly #connectionEvents: ConnectionEvents;
  readonly #wait = new Timer();
  readonly #followers = new Subscribers<void>();
  readonly #listeners = new Subscribers<SocketEvent>();
  #snapshot: SocketSnapshot = { state: 'idle', queued: 0 };
  /** The connection in use, or the attempt that shall become it. */
  #connection: Connection | undefined;
  #unwatch = () => {};
  #lastId = 0;

  constructor(options: Options) {
    this.#settings = withDefaults(options);
    this.#retry = new Retry(this.#settings);
    this.#outbox = new Outbox(this.#settings.limits);
    this.#connectionEvents = {
      mayOpen: (connection, params) => this.#renewal.mayOpen(connection, params),
      opened: (connection) => this.#renewal.opened(connection) || this.#use(connection, false),
      received: (connection, data, message) => this.#received(connection, data, message),
      pinged: (text) => this.#emit({ kind: 'pinged', text }),
      ponged: (milliseconds) => this.#emit({ kind: 'ponged', milliseconds }),
      ended: (connection, ending) => this.#renewal.ended(connection, ending) || this.#ended(connection, ending),
    };
    this.#renewal = new Renewal(this.#settings, this.#connectionEvents, {
      confirmed: (next) => this.#use(next, true),
      failed: (ending) => this.#emit({ kind: 'notRenewed', ending }),
      refreshing: (text, bytes) => this.#emit({ kind: 'refreshing', text, bytes }),
      refreshed: (connection, expires) => this.#refreshed(connection, expires),
    });
  }

  /** Returns the present state: the same object until it changes. */
  readonly snapshot = (): SocketSnapshot => this.#snapshot;

  /** Calls follower after each change of state, until the returned function is called. */
  readonly subscribe = (follower: () => void): (() => void) => this.#followers.add(follower);

  /** Calls listener with each event, until the returned function is called. */
  readonly listen = (listener: (event: SocketEvent) => void): (() => void) => this.#listeners.add(listener);

  /** Starts to connect. In the state `waiting` it starts the next attempt at once. In other states it does nothing. */
  connect(): void {
    const { state } = this.#snapshot;
    if (state === 'waiting') {
      this.#attempt(true);
    } else if (state === 'idle' || state === 'closed') {
      this.#retry.reset();
      this.#unwatch = this.#settings.signals.watch((signal) => this.#signalled(signal));
      this.#attempt(true);
    }
  }

  /** Ends the connection with code 1000, or the attempt, and drops the queue. The state is `closed` at once. */
  disconnect(): void {
    if (this.#isBusy()) {
      this.#close(
        {
          kind: 'disconnected',
          opened: this.#connection?.openedAt !== undefined,
          lasted: this.#connection?.lasted ?? 0,
        },
        false,
      );
    }
  }

  /**
   * Sends one text message, or queues it while a connection is being opened. It drops the message if no connection is
   * open or being opened, or if the queue is full.
   */
  send(text: string): Receipt {
    this.#lastId += 1;
    const id = this.#lastId;
    if (this.#outbox.size === 0 && this.#connection?.send(text)) {
      return { id, outcome: 'sent' };
    }
    if (!this.#isBusy() || !this.#outbox.add({ id, text })) {
      return { id, outcome: 'dropped' };
    }
    this.#enter(this.#snapshot);
    return { id, outcome: 'queued' };
  }

  /**
   * Sends a text and resolves with the first message on the same connection for which `isReply` returns true. It
   * rejects with NoReply after so many milliseconds, or if no connection is open. The text is never queued.
   */
  request(text: string, isReply: (message: Message) => boolean, milliseconds = 30_000): Promise<Message> {
    return this.#connection && this.#outbox.size === 0
      ? this.#connection.request(text, isReply, milliseconds)
      : Promise.reject(new NoReply('there is no open connection'));
  }

  /** Sends a ping now. If no message comes in time, the connection is treated as lost. */
  ping(): void {
    this.#connection?.probe();
  }

  #isBusy(): boolean {
    return this.#snapshot.state !== 'idle' && this.#snapshot.state !== 'closed';
  }

  #attempt(asked = false): void {
    this.#wait.stop();
    const connection = new Connection(this.#settings, this.#connectionEvents);
    this.#connection = connection;
    const now = this.#snapshot;
    this.#enter({
      state: 'connecting',
      attempt: this.#retry.attempt,
      ...(now.state === 'waiting' && { after: now.ending }),
    });
    if (this.#connection === connection) {
      void connection.start(asked); // unless a subscriber disconnected
    }
  }

  #use(connection: Connection, renewed: boolean): void {
    this.#connection = connection;
    this.#retry.opened();
    const renewal = this.#renewal.plan(connection);
    this.#outbox.flush(
      (text) => connection.send(text),
      (id) => this.#emit({ kind: 'settled', id, outcome: 'sent' }),
    );
    if (this.#connection !== connection) {
      return; // a listener disconnected
    }
    this.#enterOpen(connection, renewal);
    this.#emit({ kind: 'opened', renewed, protocol: connection.protocol });
  }

  #enterOpen({ protocol, openedAt: since = Date.now(), params, trace }: Connection, renewal: number): void {
    const { credential, url, expires } = params ?? {};
    this.#enter({ state: 'open', protocol, credential, url, trace, since, expires, renewal });
  }

  #refreshed(connection: Connection, expires: number): void {
    this.#enterOpen(connection, this.#renewal.plan(connection));
    this.#emit({ kind: 'refreshed', expires });
  }

  #received(connection: Connection, data: string | ArrayBuffer, message: Message): void {
    const duplicate =
      typeof data === 'string' && this.#settings.isPush(message) && !this.#renewal.pass(connection, data);
    // A closing message on a connection that was replaced is not reported.
    const aside = connection !== this.#connection && errorDataOf(message, 'closing') !== undefined;
    if (!duplicate && !aside) {
      this.#emit({ kind: 'received', data, message });
    }
    this.#renewal.received(connection, message);
  }

  #ended(connection: Connection, ending: Ending): void {
    if (connection !== this.#connection) {
      return;
    }
    const once = connection.params?.once === true && connection.openedAt === undefined;
    const next = this.#successor(ending);
    this.#connection = next;
    this.#retry.stop();
    if (next?.isOpen) {
      this.#use(next, true);
    } else if (next) {
      this.#enter({ state: 'connecting', attempt: this.#retry.attempt, after: ending });
      this.#emit({ kind: 'ended', ending });
    } else {
      this.#decide(ending, once);
    }
  }

  /** Returns the connection that replaces one that ended, if one is being opened and may continue. */
  #successor(ending: Ending): Connection | undefined {
    const next = this.#renewal.takeOver();
    if (!isForAll(ending)) {
      return next;
    }
    next?.drop();
    return undefined;
  }

  /** Waits for another attempt, or closes. */
  #decide(ending: Ending, once: boolean): void {
    const offline = !this.#settings.signals.online();
    const delay = once || isFinal(ending) ? undefined : this.#retry.ended(!offline);
    if (delay === undefined) {
      this.#close(ending, !once && !isFinal(ending));
    } else {
      this.#await(ending, offline ? this.#settings.timing.longestDelay : delay, offline);
      this.#emit({ kind: 'ended', ending });
    }
  }

  #await(ending: Ending, delay: number, offline: boolean): void {
    this.#wait.start(delay, () => this.#attempt());
    this.#enter({ state: 'waiting', ending, attempt: this.#retry.attempt, until: Date.now() + delay, offline });
  }

  #signalled(signal: Signal): void {
    const now = this.#snapshot;
    if (now.state === 'open') {
      if (signal !== 'visible' || this.#connection?.quiet) {
        this.#connection?.probe();
      }
    } else if (now.state === 'waiting') {
      if (signal === 'offline') {
        this.#await(now.ending, this.#settings.timing.longestDelay, true);
      } else if (signal === 'online') {
        this.#retry.forgive();
        this.#await(now.ending, this.#settings.random() * this.#settings.timing.firstDelay, false);
      } else if (!now.offline) {
        this.#attempt();
      }
    }
  }

  #close(ending: Ending, gaveUp: boolean): void {
    this.#wait.stop();
    this.#retry.stop();
    this.#renewal.stop();
    this.#unwatch();
    this.#connection?.drop();
    this.#connection = undefined;
    const unsent = this.#outbox.empty();
    this.#enter({ state: 'closed', ending, gaveUp });
    for (const id of unsent) {
      this.#emit({ kind: 'settled', id, outcome: 'dropped' });
    }
    this.#emit({ kind: 'ended', ending });
  }

  #enter(state: SocketState): void {
    this.#snapshot = { ...state, queued: this.#outbox.size };
    this.#followers.notify();
  }

  #emit(event: SocketEvent): void {
    this.#listeners.notify(event);
  }
}
