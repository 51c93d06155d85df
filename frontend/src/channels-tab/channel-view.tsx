import { useId } from 'react';
import { useStore } from '../hooks/use-store';
import type { Channel } from './channel';
import { stateWords } from './channel-list';
import { LineList } from './line-list';
import { People } from './people';
import { PublishForm } from './publish-form';
import '../components/message-detail.css';

type ChannelViewProps = {
  readonly channel: Channel;
  readonly connected: boolean;
  readonly onSubscribe: () => void;
  readonly onUnsubscribe: () => void;
  readonly onRemove: () => void;
};

/** Shows a channel: its messages, its users, and the form that publishes. */
export function ChannelView({ channel, connected, onSubscribe, onUnsubscribe, onRemove }: ChannelViewProps) {
  const heading = useId();
  const snapshot = useStore(channel);
  const { state, problem } = snapshot;
  return (
    <section className="panel channel" aria-labelledby={heading}>
      <div className="panel-head">
        <h2 id={heading}>{channel.name}</h2>
        <span className="count">{state === 'subscribing' && !connected ? 'not connected' : stateWords[state]}</span>
        {!channel.own && (
          <div className="channel-tools">
            {state === 'unsubscribed' ? (
              <>
                <button type="button" className="button" onClick={onSubscribe}>
                  Subscribe again
                </button>
                <button type="button" className="button button-quiet" onClick={onRemove}>
                  Remove
                </button>
              </>
            ) : (
              <button type="button" className="button" onClick={onUnsubscribe}>
                Unsubscribe
              </button>
            )}
          </div>
        )}
      </div>
      {problem && (
        <p className="detail-meaning" role="alert">
          {problem}
        </p>
      )}
      <div className="channel-body">
        <LineList snapshot={snapshot} connected={connected} onOlder={channel.loadOlder} />
        <People snapshot={snapshot} connected={connected} onRefresh={channel.loadPeople} />
      </div>
      <PublishForm channel={channel.name} connected={connected} onPublish={channel.publish} />
    </section>
  );
}
