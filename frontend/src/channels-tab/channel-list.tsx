import { useState } from 'react';
import { useStore } from '../hooks/use-store';
import type { Channel, ChannelState } from './channel';

type ChannelListProps = {
  readonly channels: readonly Channel[];
  readonly selected: Channel | undefined;
  readonly onSelect: (channel: Channel) => void;
};

/** Lists the channels with the number of unread messages. */
export function ChannelList({ channels, selected, onSelect }: ChannelListProps) {
  return (
    <ul className="channel-names">
      {channels.map((channel) => (
        <li key={channel.name}>
          <Item channel={channel} selected={channel === selected} onSelect={onSelect} />
        </li>
      ))}
    </ul>
  );
}

type ItemProps = {
  readonly channel: Channel;
  readonly selected: boolean;
  readonly onSelect: (channel: Channel) => void;
};

function Item({ channel, selected, onSelect }: ItemProps) {
  const { state, received } = useStore(channel);
  const [read, setRead] = useState(received);
  if (selected && read !== received) {
    setRead(received);
  }
  const unread = selected ? 0 : received - read;
  return (
    <button type="button" className="channel-name" aria-pressed={selected} onClick={() => onSelect(channel)}>
      <span>{channel.name}</span>
      {channel.own && <span className="count">your own</span>}
      {state !== 'subscribed' && <span className="count">{stateWords[state]}</span>}
      {unread > 0 && <strong>{unread} new</strong>}
    </button>
  );
}

/** The states of a subscription in words. */
export const stateWords: Readonly<Record<ChannelState['state'], string>> = {
  unsubscribed: 'not subscribed',
  subscribing: 'subscribing…',
  subscribed: 'subscribed',
};
