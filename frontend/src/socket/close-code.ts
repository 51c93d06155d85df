import { rangeOf, type Title, titleOf, titleOfClose } from './ending';
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
export type Meaning = Title & {
  /** The explanation in full sentences. */
  readonly text: string;
  /** The possible reasons, where the reason is not known. */
  readonly causes?: readonly Cause[];
};

type Closed = Extract<Ending, { kind: 'closed' }>;

const texts: ReadonlyMap<number, string> = new Map([
  [1000, 'The server ended the connection on purpose, as DELETE @connections does.'],
  [
    1001,
    'API Gateway ends a connection after 10 minutes without a message and after 2 hours in any case. A server also does this before it stops. Connect again to continue.',
  ],
  [1002, 'One side broke the WebSocket protocol; often a proxy changed the traffic.'],
  [1003, 'API Gateway accepts text messages only, but got a binary one.'],
  [1005, 'The server sent a close frame with no code in it. It gives no reason.'],
  [1007, 'A text message was not valid UTF-8.'],
  [1008, 'The server closed the connection because of its policy. It may have sent a reason.'],
  [
    1009,
    'API Gateway allows 32 KB in one frame and 128 KB in one message. Browsers choose the frames, so keep messages below 32 KB.',
  ],
  [1010, 'The server did not agree to an extension that this side needs.'],
  [1011, 'The server met a condition that it could not handle. Its log should have more information.'],
  [1012, 'The server is being restarted. Connect again in a moment.'],
  [1013, 'The server is overloaded. Wait a little before you connect again.'],
  [1014, 'A server in between got an invalid answer from the one behind it.'],
  [1015, 'No secure connection could be made: usually the certificate is not trusted.'],
]);

const rangeTexts = {
  Application: 'The application chose this code; its documentation explains it.',
  Library: 'A library or framework on the server registered this code.',
  Unknown: 'No standard defines this code.',
} as const;

const timedOut =
  'There was no answer in time, so this page closed the connection. The network is down, or the server hangs.';

const lost =
  'It ended without a close frame: the network failed, the computer slept, or the server stopped suddenly. A browser does not get more information.';

const refused =
  'The server refused the connection, or it cannot be reached. The browser does not tell this page the reason.';

const refusalCauses: readonly Cause[] = [
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
];

/** Explains how a connection, or the attempt at one, ended, and whether it was ever open. */
export function explainEnding(ending: Ending): Meaning {
  const title = titleOf(ending);
  switch (ending.kind) {
    case 'closed':
      return explainClose(ending);
    case 'timeout':
      return { ...title, text: timedOut };
    case 'disconnected':
      return {
        ...title,
        text: ending.opened
          ? 'This page closed the connection.'
          : 'You canceled the attempt before the connection was open.',
      };
    case 'failed':
      return { ...title, text: ending.message };
  }
}

/** Explains a close code, or the closing message that came before it. */
export function explainClose(ending: Pick<Closed, 'code' | 'opened' | 'closing'>): Meaning {
  const { code, opened, closing } = ending;
  const title = titleOfClose(ending);
  if (closing) {
    return { ...title, text: `The server says: ${closing.message}` };
  }
  if (code === 1006) {
    return opened ? { ...title, text: lost } : { ...title, text: refused, causes: refusalCauses };
  }
  return { ...title, text: texts.get(code) ?? rangeTexts[rangeOf(code)] };
}
