import { utf8Length } from '../socket/bytes';
import { actionOf, type Message } from '../socket/message';
import type { Outcome } from '../socket/state';

/** The fields that all entries of the log have. */
type Base = {
  /** Unique on this page. A later entry has a larger id. */
  readonly id: number;
  /** Unix time in milliseconds. */
  readonly at: number;
  /** The message as it was sent or received; a sentence in a note. */
  readonly text: string;
  /** The kind of message in a word: its type, its action, or its form. */
  readonly type: string;
  /** In bytes; 0 for a note. */
  readonly size: number;
};

/** One line of the log. */
export type Entry =
  | (Base & { readonly direction: 'sent'; readonly outcome: Outcome | 'queued' })
  /** `trip`: milliseconds since the message to which this one replies, if that is known. */
  | (Base & { readonly direction: 'received'; readonly kind: Message['kind']; readonly trip: number | undefined })
  /** A change of the connection itself. */
  | (Base & {
      readonly direction: 'note';
      readonly trouble: boolean;
      /** How often it happened in a row, if more than once. `at` is the last time. */
      readonly count?: number;
    });

/** An entry without id and time, which the log adds. */
export type NewEntry<T = Entry> = T extends Entry ? Omit<T, 'id' | 'at'> : never;

export function sentEntry(text: string, outcome: Outcome | 'queued'): NewEntry<Extract<Entry, { direction: 'sent' }>> {
  const type = actionOf(text) ?? 'message';
  return { direction: 'sent', text: withoutToken(text), type, size: utf8Length(text), outcome };
}

/** Returns the text without a secret, to keep and show: the token of a refresh is left out. */
export function withoutToken(text: string): string {
  const value = actionOf(text) === 'refresh' ? JSON.parse(text) : {};
  return 'token' in value ? JSON.stringify({ ...value, token: '…' }) : text;
}

export function receivedEntry(data: string | ArrayBuffer, message: Message, trip?: number): NewEntry {
  const text = typeof data === 'string' ? data : '';
  const size = typeof data === 'string' ? utf8Length(data) : data.byteLength;
  const type = message.kind === 'typed' ? message.type : message.kind;
  return { direction: 'received', text, type, size, kind: message.kind, trip };
}

export function noteEntry(text: string, trouble: boolean): NewEntry {
  return { direction: 'note', text, type: trouble ? 'trouble' : 'state', size: 0, trouble };
}
