import { memo } from 'react';
import type { Entry } from '../conversation/conversation';
import { explainGatewayError } from '../socket/gateway-error';
import type { Message } from '../socket/message';
import { formatJson, formatSize, formatTime } from './format';
import { Icon, type IconName } from './icon';
import { MessageBody } from './message-body';

type Look = {
  readonly icon: IconName;
  readonly tone: 'sent' | 'received' | 'note' | 'bad';
  readonly direction: string;
  /** The message's type, as far as it has one. */
  readonly type: string;
  readonly body: string;
  /** What the body means, where that is not plain. */
  readonly meaning?: string;
};

/** One line of the log. */
export const MessageRow = memo(function MessageRow({ entry }: { entry: Entry }) {
  const { icon, tone, direction, type, body, meaning } = lookOf(entry);
  return (
    <li className={`row row-${tone}`}>
      <time className="row-time" dateTime={new Date(entry.at).toISOString()}>
        {formatTime(entry.at)}
      </time>
      <span className="row-direction">
        <Icon name={icon} />
        {direction}
      </span>
      <span className="row-type">{type}</span>
      <div className="row-body">
        <MessageBody text={body} />
        {meaning && <p>{meaning}</p>}
      </div>
    </li>
  );
});

function lookOf(entry: Entry): Look {
  switch (entry.direction) {
    case 'note': {
      const { text, trouble } = entry;
      return trouble
        ? { icon: 'alert', tone: 'bad', direction: 'Socket', type: 'trouble', body: text }
        : { icon: 'info', tone: 'note', direction: 'Socket', type: 'state', body: text };
    }
    case 'sent':
      return { icon: 'up', tone: 'sent', direction: 'Sent', type: entry.action ?? 'message', body: entry.text };
    case 'received':
      return lookOfReceived(entry.message);
  }
}

function lookOfReceived(message: Message): Look {
  const look = { icon: 'down', tone: 'received', direction: 'Received' } as const;
  switch (message.kind) {
    case 'typed':
      return { ...look, type: message.type, body: message.data === undefined ? '(no data)' : formatJson(message.data) };
    case 'json':
      return { ...look, type: 'json', body: formatJson(message.value) };
    case 'text':
      return { ...look, type: 'text', body: message.text };
    case 'binary':
      return { ...look, type: 'binary', body: `(${formatSize(message.size)} of binary data)` };
    case 'error': {
      const { message: text, requestId } = message.error;
      const body = requestId ? `${text}, request ${requestId}` : text;
      return { ...look, icon: 'alert', tone: 'bad', type: 'error', body, meaning: explainGatewayError(text) };
    }
  }
}
