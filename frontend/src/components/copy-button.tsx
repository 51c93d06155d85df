import { type ReactNode, useEffect, useState } from 'react';
import { Icon } from './icon';
import './copy-button.css';

const shownFor = 2000;

type Outcome = 'Copied' | 'Not copied. Select the text and copy it.';

type CopyButtonProps = {
  /** The text to copy. */
  readonly text: string;
  /** The name of the text, as in "Copy connection id". */
  readonly name: string;
};

/** Copies a text to the clipboard and shows whether that worked. */
export function CopyButton({ text, name }: CopyButtonProps) {
  const [outcome, copy] = useCopy(text);
  return (
    <CopyBox outcome={outcome}>
      <button
        type="button"
        className="button button-icon"
        onClick={copy}
        aria-label={`Copy ${name}`}
        title={`Copy ${name}`}
      >
        <Icon name={outcome === 'Copied' ? 'check' : 'copy'} />
      </button>
    </CopyBox>
  );
}

type CopyTextButtonProps = { readonly text: string; readonly title: string; readonly children: ReactNode };

/** A button that copies a text, with a label instead of an icon. */
export function CopyTextButton({ text, title, children }: CopyTextButtonProps) {
  const [outcome, copy] = useCopy(text);
  return (
    <CopyBox outcome={outcome}>
      <button type="button" className="button button-small" onClick={copy} title={title}>
        {children}
      </button>
    </CopyBox>
  );
}

function CopyBox({ outcome, children }: { readonly outcome: Outcome | undefined; readonly children: ReactNode }) {
  return (
    <span className="copy">
      {children}
      <span className="copy-outcome" aria-live="polite">
        {outcome}
      </span>
    </span>
  );
}

/** Returns the outcome of the last copy for a short time, and the function that copies. */
function useCopy(text: string): readonly [Outcome | undefined, () => void] {
  const [outcome, setOutcome] = useState<Outcome>();
  useEffect(() => {
    if (outcome) {
      const timer = setTimeout(() => setOutcome(undefined), shownFor);
      return () => clearTimeout(timer);
    }
    return undefined;
  }, [outcome]);
  const copy = () =>
    void writeClipboard(text).then(
      () => setOutcome('Copied'),
      () => setOutcome('Not copied. Select the text and copy it.'),
    );
  return [outcome, copy];
}

/** It rejects on a page from another machine over plain http, for which browsers have no clipboard. */
async function writeClipboard(text: string): Promise<void> {
  await navigator.clipboard.writeText(text);
}
