import type { Ending } from './state';

/** One of several reasons that a browser does not distinguish. */
export type Cause = {
  /** The answer of the server, such as "401". */
  readonly answer: string;
  readonly why: string;
  /** The error codes in the server's log, from the catalogue in docs/errors.md. */
  readonly codes?: readonly string[];
};

/** The explanation of an ending. */
export type Meaning = {
  /** A few words, such as "Message too big". */
  readonly title: string;
  /** The explanation in full sentences. */
  readonly text: string;
  /** Whether it is a problem that needs attention. */
  readonly trouble: boolean;
  /** The possible reasons, where the reason is not known. */
  readonly causes?: readonly Cause[];
  /** The error code of the server, if it sent one. */
  readonly code?: string;
};

type Closed = Extract<Ending, { kind: 'closed' }>;

const meanings: ReadonlyMap<number, Meaning> = new Map([
  [1000, calm('Closed normally', 'The server ended the connection on purpose, as DELETE @connections does.')],
  [
    1001,
    calm(
      'Going away',
      'API Gateway ends a connection after 10 minutes without a message and after 2 hours in any case, and a server does before it stops. Connect again to go on.',
    ),
  ],
  [1002, trouble('Protocol error', 'One side broke the WebSocket protocol; often a proxy changed the traffic.')],
  [1003, trouble('Unsupported data', 'API Gateway accepts text messages only, but got a binary one.')],
  [1005, calm('Closed without a code', 'The server sent a close frame with no code in it. It gives no reason.')],
  [1007, trouble('Malformed text', 'A text message was not valid UTF-8.')],
  [
    1008,
    trouble('Policy violation', 'The server closed the connection because of its policy. It may have sent a reason.'),
  ],
  [
    1009,
    trouble(
      'Message too big',
      'API Gateway allows 32 KB in one frame and 128 KB in one message. Browsers choose the frames, so keep messages below 32 KB.',
    ),
  ],
  [1010, trouble('Extension missing', 'The server did not agree to an extension that this side needs.')],
  [
    1011,
    trouble(
      'Server error',
      'The server met a condition that it could not handle. Its log should have more information.',
    ),
  ],
  [1012, calm('Server restarts', 'The server is being restarted. Connect again in a moment.')],
  [1013, calm('Try again later', 'The server is overloaded. Wait a little before you connect again.')],
  [1014, trouble('Bad gateway', 'A server in between got an invalid answer from the one behind it.')],
  [1015, trouble('TLS failed', 'No secure connection could be made: usually the certificate is not trusted.')],
]);

const disconnected: Meaning = calm('Closed by you', 'This page closed the connection.');

const canceled: Meaning = calm('Canceled', 'You canceled the attempt before the connection was open.');

const timedOut = trouble(
  'No answer',
  'There was no answer in time, so this page closed the connection. The network is down, or the server hangs.',
);

const lost = trouble(
  'Connection lost',
  'It ended without a close frame: the network failed, the computer slept, or the server stopped suddenly. A browser does not get more information.',
);

const refused: Meaning = {
  ...trouble(
    'Refused or unreachable',
    'The server refused the connection, or it cannot be reached. The browser does not tell this page the reason.',
  ),
  causes: [
    {
      answer: '401',
      why: 'No credential, several, or a kind that is switched off; a token that is malformed, wrongly signed or expired; a ticket that was used before or is older than a minute.',
      codes: [
        'no_credential',
        'several_credentials',
        'credential_off',
        'token_invalid',
        'token_issuer',
        'token_not_yet_valid',
        'token_expired',
        'ticket_unknown',
        'ticket_expired',
      ],
    },
    {
      answer: '403',
      why: 'This page’s origin is not allowed, or not the one that got the ticket; the token is genuine but for another application; you have too many connections; or the stage in the address is wrong.',
      codes: ['origin_not_allowed', 'origin_missing', 'ticket_origin', 'token_audience', 'too_many_connections'],
    },
    { answer: '429', why: 'Too many connections at once, or the throttle of the stage is 0.' },
    {
      answer: '500',
      why: 'The authorizer could not decide: it cannot reach the issuer or its tables, or API Gateway may not invoke it.',
      codes: ['unavailable'],
    },
    { answer: '502', why: 'The function failed while it handled $connect. Its log has the reason.' },
    {
      answer: 'none',
      why: 'The network, a proxy or the content security policy blocks the connection, or the server is down.',
    },
  ],
};

/** Explains how a connection, or the attempt at one, ended, and whether it was ever open. */
export function explainEnding(ending: Ending): Meaning {
  switch (ending.kind) {
    case 'closed':
      return explainClose(ending);
    case 'timeout':
      return timedOut;
    case 'disconnected':
      return ending.opened ? disconnected : canceled;
    case 'failed':
      return explainFailure(ending);
  }
}

function explainFailure({ code, final, message }: Extract<Ending, { kind: 'failed' }>): Meaning {
  return code === undefined
    ? trouble(final ? 'No credential' : 'Server unreachable', message)
    : { ...trouble(`Refused: ${wordsOf(code)}`, message), code };
}

/** Returns an error code as words: "signed_out" is "signed out". */
export function wordsOf(code: string): string {
  return code.replaceAll('_', ' ');
}

/** Explains a close code, or the closing message that came before it. */
export function explainClose({ code, opened, closing }: Pick<Closed, 'code' | 'opened' | 'closing'>): Meaning {
  if (closing) {
    return { ...calm(`Ended: ${wordsOf(closing.code)}`, `The server says: ${closing.message}`), code: closing.code };
  }
  if (code === 1006) {
    return opened ? lost : refused;
  }
  return meanings.get(code) ?? explainRange(code);
}

function explainRange(code: number): Meaning {
  if (code >= 4000 && code < 5000) {
    return trouble(`Application code ${code}`, 'The application chose this code; its documentation explains it.');
  }
  if (code >= 3000 && code < 4000) {
    return trouble(`Library code ${code}`, 'A library or framework on the server registered this code.');
  }
  return trouble(`Unknown code ${code}`, 'No standard defines this code.');
}

function calm(title: string, text: string): Meaning {
  return { title, text, trouble: false };
}

function trouble(title: string, text: string): Meaning {
  return { title, text, trouble: true };
}
