import type { Ending } from './state';

/** An ending in a few words. close-code.ts has the explanation. */
export type Title = {
  /** A few words, such as "Message too big". */
  readonly title: string;
  /** Whether it is a problem that needs attention. */
  readonly trouble: boolean;
  /** The error code of the server, if it sent one. */
  readonly code?: string;
};

type Closed = Extract<Ending, { kind: 'closed' }>;

const titles: ReadonlyMap<number, Title> = new Map([
  [1000, calm('Closed normally')],
  [1001, calm('Going away')],
  [1002, trouble('Protocol error')],
  [1003, trouble('Unsupported data')],
  [1005, calm('Closed without a code')],
  [1007, trouble('Malformed text')],
  [1008, trouble('Policy violation')],
  [1009, trouble('Message too big')],
  [1010, trouble('Extension missing')],
  [1011, trouble('Server error')],
  [1012, calm('Server restarts')],
  [1013, calm('Try again later')],
  [1014, trouble('Bad gateway')],
  [1015, trouble('TLS failed')],
]);

/** Returns how a connection, or the attempt at one, ended, in a few words. */
export function titleOf(ending: Ending): Title {
  switch (ending.kind) {
    case 'closed':
      return titleOfClose(ending);
    case 'timeout':
      return trouble('No answer');
    case 'disconnected':
      return calm(ending.opened ? 'Closed by you' : 'Canceled');
    case 'failed':
      return ending.code === undefined
        ? trouble(ending.final ? 'No credential' : 'Server unreachable')
        : { ...trouble(`Refused: ${wordsOf(ending.code)}`), code: ending.code };
  }
}

/** Returns a close code, or the closing message that came before it, in a few words. */
export function titleOfClose({ code, opened, closing }: Pick<Closed, 'code' | 'opened' | 'closing'>): Title {
  if (closing) {
    return { ...calm(`Ended: ${wordsOf(closing.code)}`), code: closing.code };
  }
  if (code === 1006) {
    return trouble(opened ? 'Connection lost' : 'Refused or unreachable');
  }
  return titles.get(code) ?? trouble(`${rangeOf(code)} code ${code}`);
}

/** Returns an error code as words: "signed_out" is "signed out". */
export function wordsOf(code: string): string {
  return code.replaceAll('_', ' ');
}

/** Returns the meaning of the range of a close code (RFC 6455, section 7.4.2). */
export function rangeOf(code: number): 'Application' | 'Library' | 'Unknown' {
  if (code >= 4000 && code < 5000) {
    return 'Application';
  }
  return code >= 3000 && code < 4000 ? 'Library' : 'Unknown';
}

function calm(title: string): Title {
  return { title, trouble: false };
}

function trouble(title: string): Title {
  return { title, trouble: true };
}
