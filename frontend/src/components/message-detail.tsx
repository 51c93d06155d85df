import { useId, useState } from 'react';
import type { Entry } from '../conversation/entry';
import { errorCodeOf, meaningOf, prettyText, viewOf } from '../presentation/entry-view';
import { formatMilliseconds, formatMoment, formatSize } from '../presentation/format';
import { CopyButton } from './copy-button';
import { ErrorCodeReport } from './error-code-report';
import { Icon } from './icon';
import './message-detail.css';

type MessageDetailProps = { readonly entry: Entry; readonly onClose: () => void };

const views = ['Pretty', 'Raw'] as const;

/** One message in full. */
export function MessageDetail({ entry, onClose }: MessageDetailProps) {
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
      {meaning && <p className="detail-meaning">{meaning}</p>}
      {code && (
        <div className={`detail-meaning ${entry.type === 'closing' ? 'detail-calm' : ''}`}>
          <ErrorCodeReport code={code} said="" />
        </div>
      )}
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard */}
      <pre tabIndex={0}>{view === 'Pretty' ? prettyText(entry.text) : entry.text}</pre>
    </section>
  );
}

function factsOf(entry: Entry): readonly string[] {
  const facts = [formatMoment(entry.at)];
  if (entry.direction !== 'note') {
    facts.push(formatSize(entry.size));
  }
  if (entry.direction === 'sent') {
    facts.push(entry.outcome);
  }
  if (entry.direction === 'received' && entry.trip !== undefined) {
    facts.push(`${formatMilliseconds(entry.trip)} after the request`);
  }
  return facts;
}
