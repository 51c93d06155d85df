import { useState } from 'react';
import { formatSize } from './format';

/** Longer texts are shown in part: a log is for looking over, and a browser is slow with 128 KB in one place. */
const maxLength = 1500;
const maxLines = 20;

/** A message's text, in full if it is short or the reader asks for it. */
export function MessageBody({ text }: { text: string }) {
  const [whole, setWhole] = useState(false);
  if (text === '') {
    return <i>empty</i>;
  }
  const beginning = beginningOf(text);
  if (beginning === text) {
    return <pre>{text}</pre>;
  }
  return (
    <>
      <pre>{whole ? text : `${beginning}…`}</pre>
      <button type="button" className="button button-small" aria-expanded={whole} onClick={() => setWhole(!whole)}>
        {whole ? 'Show less' : `Show all, ${formatSize(new TextEncoder().encode(text).length)}`}
      </button>
    </>
  );
}

function beginningOf(text: string): string {
  const lines = text.slice(0, maxLength).split('\n', maxLines);
  return lines.join('\n');
}
