import { utf8Length } from '../socket/bytes';
import { actionOf, type Message } from '../socket/message';
import type { Outcome } from '../socket/state';

/** What the entries of the log have in common. */
type Base = {
  /** Unique on this page, and growing. */
  readonly id: number;
  /** Unix time in milliseconds. */
  readonly at: number;
  /** The message as it went over the wire; a sentence in a note. */
  readonly text: string;
  /** The kind of message in a word: its type, its action, or what else it is. */
  readonly type: string;
  /** In bytes; 0 for a note. */
  readonly size: number;
};

/** One line of the log. */
export type Entry =
  | (Base & { readonly direction: 'sent'; readonly outcome: Outcome | 'queued' })
  /** `trip`: milliseconds since what it answers was sent, where that is known. */
  | (Base & { readonly direction: 'received'; readonly kind: Message['kind']; readonly trip: number | undefined })
  /** What happened to the connection itself. */
  | (Base & { readonly direction: 'note'; readonly trouble: boolean });

/** An entry before the log gave it an id and a time. */
export type NewEntry<T = Entry> = T extends Entry ? Omit<T, 'id' | 'at'> : never;

export function sentEntry(text: string, outcome: Outcome | 'queued'): NewEntry<Extract<Entry, { direction: 'sent' }>> {
  const type = actionOf(text) ?? 'message';
  return { direction: 'sent', text: withoutToken(text), type, size: utf8Length(text), outcome };
}

/** The text as it may be kept and shown: a message that refreshes the connection carries a token, which is left out. */
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
