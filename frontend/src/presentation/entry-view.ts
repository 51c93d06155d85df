import type { Entry } from '../conversation/entry';
import { explainGatewayError } from '../socket/gateway-error';
import { errorDataOf, parseMessage } from '../socket/message';
import { formatSize } from './format';
import type { IconName } from './icons';

/** The appearance of an entry. No information depends on colour alone. */
export type EntryView = {
  readonly icon: IconName;
  readonly tone: 'sent' | 'received' | 'note' | 'bad';
  /** The direction in a word. */
  readonly word: string;
  /** Its content in one line. */
  readonly line: string;
  /** A mark that needs attention, such as "queued". */
  readonly mark?: string;
};

/** The largest number of characters in a line, and of a text that is parsed for it. */
const maxLine = 300;
const maxParsed = 4096;

export function viewOf(entry: Entry): EntryView {
  switch (entry.direction) {
    case 'note': {
      const line = entry.count === undefined ? entry.text : `${entry.text} (${entry.count} times)`;
      return entry.trouble
        ? { icon: 'alert', tone: 'bad', word: 'Socket', line }
        : { icon: 'info', tone: 'note', word: 'Socket', line };
    }
    case 'sent': {
      const view = { icon: 'up', tone: 'sent', word: 'Sent', line: oneLine(entry.text) || '(empty)' } as const;
      return entry.outcome === 'sent' ? view : { ...view, mark: entry.outcome, ...marks[entry.outcome] };
    }
    case 'received': {
      const view = { icon: 'down', tone: 'received', word: 'Received', line: lineOf(entry) } as const;
      return isError(entry) ? { ...view, icon: 'alert', tone: 'bad' } : view;
    }
  }
}

const marks = {
  queued: { icon: 'clock' },
  dropped: { icon: 'alert', tone: 'bad' },
} as const;

function lineOf(entry: Extract<Entry, { direction: 'received' }>): string {
  if (entry.kind === 'binary') {
    return `(${formatSize(entry.size)} of binary data)`;
  }
  if (entry.text.length > maxParsed) {
    return oneLine(entry.text);
  }
  const message = parseMessage(entry.text);
  if (message.kind === 'error') {
    const { message: text, requestId } = message.error;
    return `${text}${requestId ? `, request ${requestId}` : ''}. ${explainGatewayError(text)}`;
  }
  if (message.kind === 'typed') {
    const errorData = errorDataOf(message, 'error') ?? errorDataOf(message, 'closing');
    if (errorData) {
      return oneLine(`${errorData.code}: ${errorData.message}`);
    }
    return message.data === undefined ? '(no data)' : oneLine(JSON.stringify(message.data));
  }
  return oneLine(entry.text) || '(empty)';
}

function oneLine(text: string): string {
  const line = text.slice(0, maxLine + 1).replaceAll(/\s+/g, ' ');
  return line.length > maxLine ? `${line.slice(0, maxLine)}…` : line;
}

/** Returns the explanation of an error message of API Gateway, or undefined if the entry is not one. */
export function meaningOf(entry: Entry): string | undefined {
  const message = entry.direction === 'received' && entry.kind === 'error' ? parseMessage(entry.text) : undefined;
  return message?.kind === 'error' ? explainGatewayError(message.error.message) : undefined;
}

/** Returns the error code in an "error" or "closing" message, or undefined if the entry is not one. */
export function errorCodeOf(entry: Entry): string | undefined {
  if (entry.direction !== 'received' || (entry.type !== 'error' && entry.type !== 'closing')) {
    return undefined;
  }
  const message = parseMessage(entry.text);
  return (errorDataOf(message, 'error') ?? errorDataOf(message, 'closing'))?.code;
}

function isError(entry: Extract<Entry, { direction: 'received' }>): boolean {
  return entry.kind === 'error' || (entry.type === 'error' && errorCodeOf(entry) !== undefined);
}
