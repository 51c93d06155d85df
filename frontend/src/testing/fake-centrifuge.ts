import type { ClientInfo, HistoryOptions, PublicationContext, SubscribedContext } from 'centrifuge';
import type { ChannelClient } from '../channels-tab/channel-session';

type Handler = (context: never) => void;

/** An emitter whose events a test emits. */
class Emitter {
  readonly #handlers: { readonly event: string; readonly handler: Handler }[] = [];

  on(event: string, handler: Handler): this {
    this.#handlers.push({ event, handler });
    return this;
  }

  emit(event: string, context: object = {}): void {
    for (const one of this.#handlers) {
      if (one.event === event) {
        one.handler(context as never);
      }
    }
  }
}

/** A fake of the client's Subscription. */
export class FakeSubscription extends Emitter {
  readonly channel: string;
  readonly options: object;

  constructor(channel: string, options: object) {
    super();
    this.channel = channel;
    this.options = options;
  }

  subscribe(): void {
    this.emit('subscribing', { code: 0, reason: '' });
  }

  unsubscribe(): void {
    this.emit('unsubscribed', { code: 0, reason: '' });
  }
}

/** A fake of the Centrifuge client. A test acts as the server through it. */
export class FakeCentrifuge extends Emitter {
  readonly subscriptions = new Map<string, FakeSubscription>();
  /** The names of the calls of connect and disconnect. */
  readonly calls: string[] = [];
  readonly published: [string, unknown][] = [];
  readonly asked: HistoryOptions[] = [];
  /** The answers, which a test can replace. */
  refusal: object | undefined;
  people: () => Promise<Record<string, ClientInfo>> = async () => ({});
  pages: PublicationContext[][] = [];
  /** Requests a ticket, as the client does before each attempt. */
  readonly ticket: () => Promise<string>;

  constructor(ticket: (trace: string) => Promise<string>) {
    super();
    this.ticket = () => ticket('4bf92f3577b34da6a3ce929d0e0e4736');
  }

  connect(): void {
    this.calls.push('connect');
  }

  disconnect(): void {
    this.calls.push('disconnect');
  }

  newSubscription(channel: string, options: object): FakeSubscription {
    const subscription = new FakeSubscription(channel, options);
    this.subscriptions.set(channel, subscription);
    return subscription;
  }

  getSubscription(channel: string): FakeSubscription | null {
    return this.subscriptions.get(channel) ?? null;
  }

  removeSubscription(subscription: FakeSubscription | null): void {
    this.subscriptions.delete(subscription?.channel ?? '');
  }

  async publish(channel: string, data: unknown): Promise<object> {
    if (this.refusal) {
      throw this.refusal;
    }
    this.published.push([channel, data]);
    return {};
  }

  async history(_: string, options: HistoryOptions): Promise<object> {
    if (this.refusal) {
      throw this.refusal;
    }
    this.asked.push(options);
    return { publications: this.pages.shift() ?? [], offset: 0, epoch: '' };
  }

  async presence(): Promise<object> {
    return { clients: await this.people() };
  }

  /** Returns itself with the type of the real client. */
  get client(): ChannelClient {
    return this as unknown as ChannelClient;
  }
}

/** Returns the context of a subscription at an offset of the epoch "e". */
export function subscribedAt(offset: number, more: Partial<SubscribedContext> = {}): SubscribedContext {
  return {
    channel: 'chat:room1',
    recoverable: true,
    positioned: true,
    wasRecovering: false,
    recovered: false,
    hasRecoveredPublications: false,
    streamPosition: { offset, epoch: 'e' },
    ...more,
  };
}

/** Returns a publication of alice, whose connection is "a". */
export function publicationAt(offset: number | undefined, data: unknown = `text ${offset}`): PublicationContext {
  return { channel: 'chat:room1', data, info: { client: 'a', user: 'alice' }, ...(offset && { offset }) };
}
