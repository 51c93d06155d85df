import { useEffect, useState } from 'react';
import { Icon } from './icon';
import './copy-button.css';

type CopyButtonProps = {
  /** The text to copy. */
  readonly text: string;
  /** The name of the text, as in "Copy connection id". */
  readonly name: string;
};

const shownFor = 2000;

type Outcome = 'Copied' | 'Not copied. Select the text and copy it.';

/** Copies a text to the clipboard and shows whether that worked. */
export function CopyButton({ text, name }: CopyButtonProps) {
  const [outcome, setOutcome] = useState<Outcome>();

  useEffect(() => {
    if (outcome) {
      const timer = setTimeout(() => setOutcome(undefined), shownFor);
      return () => clearTimeout(timer);
    }
    return undefined;
  }, [outcome]);

  const copy = () =>
    writeClipboard(text).then(
      () => setOutcome('Copied'),
      () => setOutcome('Not copied. Select the text and copy it.'),
    );

  return (
    <span className="copy">
      <button
        type="button"
        className="button button-icon"
        onClick={copy}
        aria-label={`Copy ${name}`}
        title={`Copy ${name}`}
      >
        <Icon name={outcome === 'Copied' ? 'check' : 'copy'} />
      </button>
      <span className="copy-outcome" aria-live="polite">
        {outcome}
      </span>
    </span>
  );
}

/** It rejects on a page from another machine over plain http, for which browsers have no clipboard. */
async function writeClipboard(text: string): Promise<void> {
  await navigator.clipboard.writeText(text);
}
