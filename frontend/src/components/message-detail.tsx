import { type ReactNode, useId, useMemo, useState } from 'react';
import type { Entry } from '../conversation/entry';
import type { Matcher } from '../conversation/matcher';
import { commandToSend } from '../presentation/commands';
import { errorCodeOf, meaningOf, viewOf } from '../presentation/entry-view';
import { formatMilliseconds, formatMoment, formatSize } from '../presentation/format';
import { isContainer } from '../presentation/json-open';
import { CopyButton, CopyTextButton } from './copy-button';
import { ErrorCodeReport } from './error-code-report';
import { Icon } from './icon';
import { JsonView } from './json-view';
import { MarkedText } from './marked-text';
import type { MessageLogProps } from './message-log';
import './message-detail.css';

export type MessageDetailProps = {
  readonly entry: Entry;
  /** The filter, whose hits are marked. */
  readonly matcher: Matcher | undefined;
  /** The reply to this message, or the message to which it replies. */
  readonly partner: Entry | undefined;
  readonly pinned: boolean;
  readonly target: MessageLogProps['target'];
  readonly onEdit: (text: string) => void;
  readonly onPin: () => void;
  readonly onSelect: (id: number) => void;
  readonly onClose: () => void;
};

const views = ['Pretty', 'Raw'] as const;

/** One message in full, with its actions. */
export function MessageDetail(props: MessageDetailProps) {
  const { entry, matcher, onClose } = props;
  const heading = useId();
  const [view, setView] = useState<(typeof views)[number]>('Pretty');
  const meaning = meaningOf(entry);
  const code = errorCodeOf(entry);
  return (
    <section className="detail" aria-labelledby={heading}>
      <div className="detail-head">
        <h3 id={heading}>
          {viewOf(entry).word} {entry.type}
        </h3>
        <span className="detail-facts">{factsOf(entry).join(', ')}</span>
        <fieldset className="switch">
          <legend className="visually-hidden">Show as</legend>
          {views.map((name) => (
            <button key={name} type="button" aria-pressed={view === name} onClick={() => setView(name)}>
              {name}
            </button>
          ))}
        </fieldset>
        <CopyButton text={entry.text} name="message" />
        <button type="button" className="button button-icon" aria-label="Close message" title="Close" onClick={onClose}>
          <Icon name="close" />
        </button>
      </div>
      <Actions {...props} />
      {meaning && <p className="detail-meaning">{meaning}</p>}
      {code && (
        <div className={`detail-meaning ${entry.type === 'closing' ? 'detail-calm' : ''}`}>
          <ErrorCodeReport code={code} said="" />
        </div>
      )}
      <Content text={entry.text} raw={view === 'Raw'} matcher={matcher} />
    </section>
  );
}

function Actions({ entry, partner, pinned, target, onEdit, onPin, onSelect }: MessageDetailProps) {
  const isMessage = entry.direction !== 'note' && entry.text !== '';
  return (
    <div className="detail-actions">
      {partner && (
        <button type="button" className="button button-small" onClick={() => onSelect(partner.id)}>
          {partner.direction === 'sent' ? 'Show the request' : 'Show the reply'}
        </button>
      )}
      {isMessage && (
        <button type="button" className="button button-small" onClick={() => onEdit(entry.text)}>
          {entry.direction === 'sent' ? 'Edit and resend' : 'Edit and send'}
        </button>
      )}
      {isMessage && target && (
        <CopyTextButton
          text={commandToSend(target.url, target.identity, entry.text, target.outputs)}
          title="A command that sends this message to this connection, as your backend does"
        >
          Copy as send.sh
        </CopyTextButton>
      )}
      <button type="button" className="button button-small" aria-pressed={pinned} onClick={onPin}>
        {pinned ? 'Unpin' : 'Pin'}
      </button>
    </div>
  );
}

type ContentProps = { readonly text: string; readonly raw: boolean; readonly matcher: Matcher | undefined };

function Content({ text, raw, matcher }: ContentProps) {
  const value = useMemo(() => parsed(text), [text]);
  let content: ReactNode = <MarkedText text={text} marks={matcher?.marks(text) ?? []} />;
  if (!raw && isContainer(value)) {
    content = <JsonView value={value} matcher={matcher} />;
  }
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
    <section className="detail-text" tabIndex={0} aria-label="Content">
      {content}
    </section>
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function factsOf(entry: Entry): readonly string[] {
  const facts = [formatMoment(entry.at)];
  if (entry.direction !== 'note') {
    facts.push(formatSize(entry.size));
  }
  if (entry.direction === 'sent') {
    facts.push(entry.outcome);
  }
  if (entry.direction === 'received' && entry.request) {
    facts.push(`${formatMilliseconds(entry.request.trip)} after the request`);
  }
  return facts;
}
