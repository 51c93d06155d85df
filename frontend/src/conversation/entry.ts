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
  /** `request`: the message to which this one replies, if that is known. */
  | (Base & { readonly direction: 'received'; readonly kind: Message['kind']; readonly request: Request | undefined })
  /** A change of the connection itself. */
  | (Base & {
      readonly direction: 'note';
      readonly trouble: boolean;
      /** How often it happened in a row, if more than once. `at` is the last time. */
      readonly count?: number;
    });

/** The sent message to which a message replies. */
export type Request = {
  /** The id of its entry. */
  readonly id: number;
  /** Its route, such as "whoami" or "$default". */
  readonly route: string;
  /** The milliseconds from the message to the reply. */
  readonly trip: number;
};

/** An entry without id and time, which the log adds. */
export type NewEntry<T = Entry> = T extends Entry ? Omit<T, 'id' | 'at'> : never;

export function sentEntry(text: string, outcome: Outcome | 'queued'): NewEntry<Extract<Entry, { direction: 'sent' }>> {
  const type = actionOf(text) ?? 'message';
  return { direction: 'sent', text: withoutToken(text), type, size: utf8Length(text), outcome };
}

/** Returns the text without a secret, to keep and show: the token of a refresh is left out, and every other JWT, too. */
export function withoutToken(text: string): string {
  const value = actionOf(text) === 'refresh' ? JSON.parse(text) : {};
  return 'token' in value ? JSON.stringify({ ...value, token: '…' }) : withoutJwt(text);
}

/** Returns the text with "…" in place of each JSON Web Token. The header of a JWT begins with {", which is eyJ in base64url. */
function withoutJwt(text: string): string {
  return text.replaceAll(/eyJ[\w-]+\.[\w-]+(?:\.[\w-]*)*/g, '…');
}

/** A member of a JSON object whose name says that its value is a credential, and a credential as a subprotocol. */
const credential =
  /("[^"]*(?:token|ticket|password|secret)[^"]*"\s*:\s*")(?:\\.|[^"\\])*|\b((?:bearer|ticket)[. ])[\w.~+/=-]+/gi;

/** Returns the text without anything that looks like a credential, to store it. */
export function withoutCredentials(text: string): string {
  return withoutJwt(text).replaceAll(credential, '$1$2…');
}

export function receivedEntry(data: string | ArrayBuffer, message: Message, request?: Request): NewEntry {
  const text = typeof data === 'string' ? data : '';
  const size = typeof data === 'string' ? utf8Length(data) : data.byteLength;
  const type = message.kind === 'typed' ? message.type : message.kind;
  return { direction: 'received', text, type, size, kind: message.kind, request };
}

export function noteEntry(text: string, trouble: boolean): NewEntry {
  return { direction: 'note', text, type: trouble ? 'trouble' : 'state', size: 0, trouble };
}
