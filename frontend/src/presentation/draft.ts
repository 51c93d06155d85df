import { frameLimit, messageLimit, utf8Length } from '../socket/bytes';
import { actionOf } from '../socket/message';
import { formatSize } from './format';

/** Information on a message before it is sent. */
export type Draft = {
  readonly size: string;
  /** The part of a frame that it fills, from 0 to 1. */
  readonly share: number;
  /** The form of the message and its route. */
  readonly kind: string;
  /** A problem that sending it may have. */
  readonly warning?: string;
};

/** Inspects a message. */
export function inspectDraft(text: string): Draft {
  const bytes = utf8Length(text);
  const size = `${formatSize(bytes)} of 32 KB`;
  const share = Math.min(1, bytes / frameLimit);
  if (bytes > messageLimit) {
    return { size, share, kind: 'too long', warning: 'Over 128 KB: API Gateway closes with 1009.' };
  }
  if (bytes > frameLimit) {
    const warning = 'Over 32 KB: API Gateway closes with 1009 if the browser puts it into one frame.';
    return { size, share, kind: 'long', warning };
  }
  return { size, share, ...kindOf(text) };
}

function kindOf(text: string): Pick<Draft, 'kind' | 'warning'> {
  if (text.trim() === '') {
    return { kind: text === '' ? 'empty' : 'blank text' };
  }
  try {
    JSON.parse(text);
  } catch (error) {
    const looksLikeJson = /^\s*[[{"]/.test(text);
    const reason = error instanceof Error ? error.message : String(error);
    return looksLikeJson ? { kind: 'text', warning: `Not JSON: ${reason}` } : { kind: 'text, goes to $default' };
  }
  const action = actionOf(text);
  return { kind: action === undefined ? 'JSON, goes to $default' : `JSON, goes to the route ${action}` };
}
