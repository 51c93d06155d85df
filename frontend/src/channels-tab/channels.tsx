import { useEffect, useState } from 'react';
import { type Addresses, createClient } from '../channels/client';
import { TabPanel } from '../components/tabs';
import type { Namespace } from '../contract';
import { useStore } from '../hooks/use-store';
import type { Regions } from '../regions';
import type { Channel } from './channel';
import { ChannelList } from './channel-list';
import { type ChannelClient, ChannelSession } from './channel-session';
import { ChannelView } from './channel-view';
import { SessionPanel } from './session-panel';
import { SubscribeForm } from './subscribe-form';
import './channels.css';

type ChannelsProps = {
  readonly websocketUrl: string;
  /** The stacks of several regions, if there are several. */
  readonly regions?: Regions | undefined;
  /** Returns a single-use ticket of a stack for an attempt to connect with a trace id. It rejects with a text for people. */
  readonly ticket: (trace: string, httpUrl?: string) => Promise<string>;
  readonly namespaces: readonly Namespace[];
  readonly local: boolean;
  readonly shown: boolean;
  /** Is called with the id of each connection that is opened. */
  readonly onConnected?: (connectionId: string) => void;
  /** Returns the client, which requests a ticket before each attempt. Tests replace it. */
  readonly create?: (
    stack: string | Addresses,
    ticket: (trace: string, httpUrl?: string) => Promise<string>,
  ) => ChannelClient;
};

/** Shows the connection for channels, the channels, and the messages of the selected one. */
export function Channels({
  websocketUrl,
  regions,
  ticket,
  namespaces,
  local,
  shown,
  onConnected,
  create = createClient,
}: ChannelsProps) {
  const [session] = useState(
    () => new ChannelSession((next) => create(regions?.choice() ?? websocketUrl, next), ticket),
  );
  // The page of another user, or of nobody, has another session.
  useEffect(() => session.disconnect, [session]);
  const snapshot = useStore(session);
  const { channels, connectionId } = snapshot;
  useEffect(() => {
    if (connectionId !== undefined) {
      onConnected?.(connectionId);
    }
  }, [connectionId, onConnected]);
  const [name, select] = useState<string>();
  const selected: Channel | undefined = channels.find((channel) => channel.name === name) ?? channels[0];
  const open = namespaces.filter((namespace) => !namespace.own).map((namespace) => `${namespace.name}:`);
  const own = channels.filter((channel) => channel.own).map((channel) => channel.name);
  const example = `${open[0] ?? 'namespace:'}room1`;

  return (
    <TabPanel name="Channels" shown={shown} className="channels">
      <div className="channels-side">
        <SessionPanel
          url={websocketUrl}
          snapshot={snapshot}
          local={local}
          onConnect={session.connect}
          onDisconnect={session.disconnect}
        />
        <section className="panel channels-list" aria-label="Channels">
          <SubscribeForm
            suggestions={[...open, ...own]}
            example={example}
            onSubscribe={(wanted) => select(session.subscribeTo(wanted).name)}
          />
          <ChannelList channels={channels} selected={selected} onSelect={(channel) => select(channel.name)} />
        </section>
      </div>
      {selected ? (
        <ChannelView
          key={selected.name}
          channel={selected}
          connected={snapshot.state === 'connected'}
          onSubscribe={() => session.subscribeTo(selected.name)}
          onUnsubscribe={() => session.unsubscribeFrom(selected)}
          onRemove={() => session.remove(selected)}
        />
      ) : (
        <section className="panel channel empty">
          <p>No channel yet. Enter the name of a channel, such as {example}, and press Subscribe.</p>
        </section>
      )}
    </TabPanel>
  );
}
