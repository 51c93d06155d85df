import type {
  Centrifuge,
  ClientInfo,
  PublicationContext,
  PublishResult,
  SubscribedContext,
  Subscription,
} from 'centrifuge';
import { useCallback, useEffect, useState } from 'react';

/** The clients of a channel, by ID. */
export type Presence = Readonly<Record<string, ClientInfo>>;

/** The state of a channel. */
export type ChannelState = {
  readonly state: 'unsubscribed' | 'subscribing' | 'subscribed';
  /** Why the server refused or ended the subscription. */
  readonly error: string | undefined;
  /** The newest publications in their order. Each one is there once, although it can arrive twice. */
  readonly publications: readonly PublicationContext[];
  /** Whether publications are missing that the server could not recover. */
  readonly missed: boolean;
  /** Empty if the user may not see it. */
  readonly presence: Presence;
};

/** A channel, and a function that publishes in it. */
export type Channel = ChannelState & { readonly publish: (data: unknown) => Promise<PublishResult> };

const none: ChannelState = { state: 'unsubscribed', error: undefined, publications: [], missed: false, presence: {} };

/**
 * Subscribes to a channel while the component is mounted. `client` is undefined until it is loaded. `keep` is the number
 * of publications that are kept. Components with the same channel share its subscription.
 */
export function useChannel(client: Centrifuge | undefined, name: string, keep = 100): Channel {
  const [state, setState] = useState(none);
  useEffect(() => {
    setState(none);
    return client && follow(client, name, (change) => setState((now) => limit({ ...now, ...change(now) }, keep)));
  }, [client, name, keep]);
  const publish = useCallback(
    async (data: unknown) => {
      if (!client) {
        throw new Error(`The client is not loaded yet: nothing was published in ${name}.`);
      }
      return client.publish(name, data);
    },
    [client, name],
  );
  return { ...state, publish };
}

function limit(state: ChannelState, keep: number): ChannelState {
  const { publications } = state;
  return publications.length > keep ? { ...state, publications: publications.slice(-keep) } : state;
}

/** Applies a change to the state that it gets. */
type Change = (change: (now: ChannelState) => Partial<ChannelState>) => void;

/** Subscribes to a channel and reports its events. Returns a function that ends this. */
function follow(client: Centrifuge, name: string, change: Change): () => void {
  const subscription = client.getSubscription(name) ?? client.newSubscription(name, { joinLeave: true });
  const handlers = handlersOf(subscription, change);
  const each = Object.entries(handlers) as [keyof typeof handlers, never][];
  for (const [event, handler] of each) {
    subscription.on(event, handler);
  }
  if (subscription.state === 'subscribed') {
    handlers.subscribed({});
  } else {
    subscription.subscribe();
  }
  return () => {
    for (const [event, handler] of each) {
      subscription.off(event, handler);
    }
    if (subscription.listeners('publication').length === 0) {
      subscription.unsubscribe();
      client.removeSubscription(subscription);
    }
  };
}

function handlersOf(subscription: Subscription, change: Change) {
  let epoch: string | undefined;
  let last = 0;
  /** The joins and leaves since the presence was requested, which are newer than the answer. */
  let changes: ((presence: Presence) => Presence)[] = [];
  const apply = (to: (presence: Presence) => Presence) => {
    changes.push(to);
    change(({ presence }) => ({ presence: to(presence) }));
  };
  const readPresence = async () => {
    changes = [];
    const { clients } = await subscription.presence();
    change(() => ({ presence: changes.reduce((presence, to) => to(presence), clients as Presence) }));
  };
  return {
    subscribing: () => change(() => ({ state: 'subscribing', error: undefined })),
    subscribed: ({ streamPosition, wasRecovering, recovered }: Partial<SubscribedContext>) => {
      if (streamPosition && streamPosition.epoch !== epoch) {
        epoch = streamPosition.epoch;
        last = 0;
      }
      change(({ missed }) => ({
        state: 'subscribed',
        error: undefined,
        missed: missed || (wasRecovering === true && !recovered),
      }));
      readPresence().catch(() => {}); // the user may not see it, or the connection is lost
    },
    unsubscribed: ({ code, reason }: { code: number; reason: string }) =>
      change(() => ({ state: 'unsubscribed', error: code === 0 ? undefined : reason, presence: {} })),
    publication: (publication: PublicationContext) => {
      const { offset } = publication;
      if (offset !== undefined && offset <= last) {
        return; // it has arrived before
      }
      last = offset ?? last;
      change(({ publications }) => ({ publications: [...publications, publication] }));
    },
    join: ({ info }: { info: ClientInfo }) => apply((presence) => ({ ...presence, [info.client]: info })),
    leave: ({ info }: { info: ClientInfo }) => apply(({ [info.client]: _, ...others }) => others),
  };
}
