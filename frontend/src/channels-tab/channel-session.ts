import { type Centrifuge, State, UnauthorizedError } from 'centrifuge';
import { CannotConnect } from '../socket/options';
import { Store } from '../store';
import { Channel } from './channel';
import { explainEnding, explainTrouble } from './words';

/** The part of the client that a session uses. */
export type ChannelClient = Pick<
  Centrifuge,
  | 'on'
  | 'connect'
  | 'disconnect'
  | 'newSubscription'
  | 'getSubscription'
  | 'removeSubscription'
  | 'publish'
  | 'history'
  | 'presence'
>;

/** The state of the connection for channels. */
export type SessionState = {
  readonly state: `${State}`;
  /** When the connection was opened, in Unix milliseconds; undefined if it is not open. */
  readonly since?: number | undefined;
  /** The connection id; undefined if the connection is not open. */
  readonly connectionId?: string | undefined;
  /** The trace id of the last attempt to connect; undefined before the first one. */
  readonly trace?: string | undefined;
  /** The reason why the client is not connected, as a sentence. */
  readonly problem?: string | undefined;
  readonly channels: readonly Channel[];
};

/**
 * Returns a single-use ticket for an attempt to connect with a trace id. If there are several stacks, `httpUrl` is the
 * HTTP API of the stack. It rejects with a text for people.
 */
export type Ticket = (trace: string, httpUrl?: string) => Promise<string>;

/** The connection for channels, and its subscriptions. It is not connected until connect or subscribeTo is called. */
export class ChannelSession extends Store<SessionState> {
  readonly #client: ChannelClient;
  /** The ids of this page's connections, present and past. */
  readonly #mine = new Set<string>();

  /** `create` returns a client that calls its parameter for a ticket before each attempt. */
  constructor(create: (ticket: Ticket) => ChannelClient, ticket: Ticket) {
    super({ state: State.Disconnected, channels: [] });
    this.#client = create((trace, httpUrl) => this.#ticket(trace, ticket(trace, httpUrl)));
    this.#follow();
  }

  readonly connect = (): void => this.#client.connect();

  readonly disconnect = (): void => this.#client.disconnect();

  /** Subscribes to a channel, and connects if necessary. It returns the channel. */
  readonly subscribeTo = (name: string): Channel => {
    const known = this.#find(name);
    const channel = known ?? this.#add(name, false);
    if (!channel.own) {
      (this.#client.getSubscription(name) ?? this.#subscription(channel)).subscribe();
    }
    this.#client.connect();
    return channel;
  };

  /** Ends a subscription. The messages stay. */
  readonly unsubscribeFrom = (channel: Channel): void => this.#client.getSubscription(channel.name)?.unsubscribe();

  /** Ends a subscription and forgets its messages. */
  readonly remove = (channel: Channel): void => {
    this.#client.removeSubscription(this.#client.getSubscription(channel.name));
    this.#change({ channels: this.snapshot().channels.filter((other) => other !== channel) });
  };

  async #ticket(trace: string, ticket: Promise<string>): Promise<string> {
    this.#change({ trace });
    try {
      return await ticket;
    } catch (error) {
      this.#change({ problem: error instanceof Error ? error.message : String(error) });
      throw error instanceof CannotConnect ? new UnauthorizedError(error.message) : error;
    }
  }

  #follow(): void {
    const client = this.#client;
    client.on('connecting', ({ code }) => {
      const problem = code === 0 ? undefined : 'The connection closed. The page connects again.';
      this.#change({ state: State.Connecting, since: undefined, connectionId: undefined, problem });
    });
    client.on('connected', ({ client: id }) => {
      this.#mine.add(id);
      this.#change({ state: State.Connected, since: Date.now(), connectionId: id, problem: undefined });
    });
    client.on('disconnected', (ending) => {
      // The ticket's problem says more than the code.
      const problem = ending.code === 1 ? this.snapshot().problem : explainEnding(ending);
      this.#change({ state: State.Disconnected, since: undefined, connectionId: undefined, problem });
    });
    client.on('error', ({ type, error }) => {
      if (type !== 'connectData') {
        this.#change({ problem: explainTrouble(error) });
      }
    });
    this.#followOwn();
  }

  /** Follows the subscriptions that the server makes. */
  #followOwn(): void {
    const client = this.#client;
    client.on('subscribing', ({ channel }) => this.#find(channel)?.subscribing());
    client.on('subscribed', (context) =>
      (this.#find(context.channel) ?? this.#add(context.channel, true)).subscribed(context),
    );
    client.on('unsubscribed', ({ channel }) => this.#find(channel)?.unsubscribed());
    client.on('publication', (context) => this.#find(context.channel)?.published(context));
    client.on('join', ({ channel, info }) => this.#find(channel)?.joined(info));
    client.on('leave', ({ channel, info }) => this.#find(channel)?.left(info));
  }

  #subscription(channel: Channel) {
    const subscription = this.#client.newSubscription(channel.name, { joinLeave: true });
    subscription.on('subscribing', () => channel.subscribing());
    subscription.on('subscribed', (context) => channel.subscribed(context));
    subscription.on('unsubscribed', ({ code, reason }) => channel.unsubscribed({ code, message: reason }));
    subscription.on('error', ({ error }) => channel.failed(error));
    subscription.on('publication', (context) => channel.published(context));
    subscription.on('join', ({ info }) => channel.joined(info));
    subscription.on('leave', ({ info }) => channel.left(info));
    return subscription;
  }

  #find(name: string): Channel | undefined {
    return this.snapshot().channels.find((channel) => channel.name === name);
  }

  #add(name: string, own: boolean): Channel {
    const channel = new Channel(name, own, this.#client, (id) => this.#mine.has(id));
    this.#change({ channels: [...this.snapshot().channels, channel] });
    return channel;
  }

  #change(change: Partial<SessionState>): void {
    this.set({ ...this.snapshot(), ...change });
  }
}
