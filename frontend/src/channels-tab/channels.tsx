import { type ReactNode, useEffect, useState } from 'react';
import { type Addresses, createClient } from '../channels/client';
import { Notice } from '../components/notice';
import { TabPanel } from '../components/tabs';
import { Trace } from '../components/trace';
import type { Namespace } from '../contract';
import { useStore } from '../hooks/use-store';
import type { Regions } from '../regions';
import type { Channel } from './channel';
import { ChannelList } from './channel-list';
import { type ChannelClient, ChannelSession, type Ticket } from './channel-session';
import { ChannelView } from './channel-view';
import { SessionPanel } from './session-panel';
import { SubscribeForm } from './subscribe-form';
import './channels.css';

export type ChannelsProps = {
  readonly websocketUrl: string;
  /** The stacks of several regions, if there are several. */
  readonly regions?: Regions | undefined;
  /** Undefined if the stack has no tickets. */
  readonly ticket: Ticket | undefined;
  /** The namespaces that the app declares. */
  readonly namespaces: readonly Namespace[];
  /** Whether a local run serves the page. The connection can then be dropped. */
  readonly local: boolean | undefined;
  readonly shown: boolean;
  /** Is called with the id of each connection that is opened. */
  readonly onConnected?: (connectionId: string) => void;
  /** Returns the client, which requests a ticket before each attempt. Tests replace it. */
  readonly create?: (stack: string | Addresses, ticket: Ticket) => ChannelClient;
};

/** Shows the connection for channels and the channels, or the reason why the stack has none. */
export function Channels({ ticket, ...props }: ChannelsProps) {
  const { namespaces, shown } = props;
  if (namespaces.length === 0) {
    return (
      <Absent shown={shown} title="The app has no channels">
        Declare a namespace in lambda/app/channels.go and deploy again.
      </Absent>
    );
  }
  if (ticket === undefined) {
    return (
      <Absent shown={shown} title="Channels need tickets">
        The stack has no HTTP API for tickets: config.json has no httpUrl. Set tickets to true and deploy again.
      </Absent>
    );
  }
  return <ChannelConsole {...props} ticket={ticket} />;
}

type AbsentProps = { readonly shown: boolean; readonly title: string; readonly children: ReactNode };

function Absent({ shown, title, children }: AbsentProps) {
  return (
    <TabPanel name="Channels" shown={shown} className="channels-absent">
      <Notice title={title}>
        <p>{children}</p>
      </Notice>
    </TabPanel>
  );
}

/** The connection for channels, the channels, and the messages of the selected one. */
function ChannelConsole({
  websocketUrl,
  regions,
  ticket,
  namespaces,
  local,
  shown,
  onConnected,
  create = createClient,
}: ChannelsProps & { readonly ticket: Ticket }) {
  const [session] = useState(
    () => new ChannelSession((next) => create(regions?.choice() ?? websocketUrl, next), ticket),
  );
  // The page of another user, or of nobody, has another session.
  useEffect(() => session.disconnect, [session]);
  const snapshot = useStore(session);
  const { channels, connectionId, problem, trace } = snapshot;
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
          snapshot={snapshot}
          local={local === true}
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
        {trace !== undefined && (problem || connectionId) && <Trace url={websocketUrl} trace={trace} />}
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
