import { useEffect, useState } from 'react';
import { Icon } from './icon';

type CopyButtonProps = {
  /** What is copied. */
  readonly text: string;
  /** What it is, as in "Copy connection id". */
  readonly what: string;
};

const shownFor = 2000;

type Outcome = 'Copied' | 'Not copied. Select the text and copy it.';

/** Copies a text to the clipboard and says whether that worked. */
export function CopyButton({ text, what }: CopyButtonProps) {
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
        aria-label={`Copy ${what}`}
        title={`Copy ${what}`}
      >
        <Icon name={outcome === 'Copied' ? 'check' : 'copy'} />
      </button>
      <span className="copy-outcome" aria-live="polite">
        {outcome}
      </span>
    </span>
  );
}

/** Browsers offer no clipboard to a page that came over plain http from another machine. */
async function writeClipboard(text: string): Promise<void> {
  await navigator.clipboard.writeText(text);
}
