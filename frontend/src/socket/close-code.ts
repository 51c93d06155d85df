import type { Ending } from './state';

/** One of several reasons that the browser does not tell apart. */
export type Cause = {
  /** What the server answered, as "401". */
  readonly answer: string;
  readonly why: string;
};

/** A close code in words. */
export type Meaning = {
  /** A few words, as "Message too big". */
  readonly title: string;
  /** What happened, in full sentences. */
  readonly text: string;
  /** Whether somebody should look into it. */
  readonly trouble: boolean;
  /** What it may have been, where that is not known. */
  readonly causes?: readonly Cause[];
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
  [
    1002,
    trouble('Protocol error', 'One side broke the WebSocket protocol; often something in between altered the traffic.'),
  ],
  [1003, trouble('Kind of data refused', 'API Gateway takes text messages only, and got a binary one.')],
  [1005, calm('Closed without a code', 'The server sent a close frame with no code in it. It gives no reason.')],
  [1007, trouble('Malformed text', 'A text message was not valid UTF-8.')],
  [1008, trouble('Against the rules', 'The server closed because of its own policy: the reason, if any, is its own.')],
  [
    1009,
    trouble(
      'Message too big',
      'API Gateway allows 32 KB in one frame and 128 KB in one message. Browsers choose the frames, so keep messages below 32 KB.',
    ),
  ],
  [1010, trouble('Extension missing', 'The server did not agree to an extension that this side needs.')],
  [1011, trouble('Server error', 'The server met a condition that it could not handle. Its log should tell more.')],
  [1012, calm('Server restarts', 'The server is being restarted. Connect again in a moment.')],
  [1013, calm('Try again later', 'The server has too much to do. Wait a little before you connect again.')],
  [1014, trouble('Bad gateway', 'A server in between got an invalid answer from the one behind it.')],
  [1015, trouble('TLS failed', 'No secure connection could be made: usually the certificate is not trusted.')],
]);

const left: Meaning = calm('Closed by you', 'This page closed the connection.');

const calledOff: Meaning = calm('Called off', 'You called the attempt off before it was open.');

const silent = trouble(
  'No answer',
  'Nothing came back in time, so this page takes the connection for dead: the network is gone, or the server hangs.',
);

const lost = trouble(
  'Connection lost',
  'It ended without a close frame: the network went away, the computer slept, or the server stopped suddenly. A browser is not told more.',
);

const refused: Meaning = {
  ...trouble(
    'Refused or out of reach',
    'The connection was never open. A browser does not tell a page why; the network panel of its developer tools may show the answer.',
  ),
  causes: [
    { answer: '401', why: 'No token, or one that is malformed, wrongly signed or expired. Sign in again.' },
    { answer: '403', why: 'The token is genuine but not for this socket, or the stage in the address is wrong.' },
    { answer: '429', why: 'Too many connections at once, or the throttle of the stage is 0.' },
    { answer: '500', why: 'The authorizer failed: it may not reach the issuer, or may not be invoked.' },
    { answer: '502', why: 'The function failed while it handled $connect. Its log tells why.' },
    {
      answer: 'none',
      why: 'The network, a proxy or the content security policy is in the way, or the server is down.',
    },
  ],
};

/** Explains how a connection, or the attempt at one, ended, and whether it was ever open. */
export function explainEnding(ending: Ending): Meaning {
  switch (ending.kind) {
    case 'closed':
      return explainClose(ending);
    case 'silent':
      return silent;
    case 'left':
      return ending.opened ? left : calledOff;
    case 'failed':
      return trouble(ending.final ? 'No token to show' : 'No attempt was made', ending.message);
  }
}

/** Explains a close code. */
export function explainClose({ code, opened }: Pick<Closed, 'code' | 'opened'>): Meaning {
  if (code === 1006) {
    return opened ? lost : refused;
  }
  return meanings.get(code) ?? explainRange(code);
}

function explainRange(code: number): Meaning {
  if (code >= 4000 && code < 5000) {
    return trouble(`Application code ${code}`, 'The application chose this code; its own documents tell the meaning.');
  }
  if (code >= 3000 && code < 4000) {
    return trouble(`Library code ${code}`, 'A library or framework on the server registered this code for itself.');
  }
  return trouble(`Unknown code ${code}`, 'No standard gives this code a meaning.');
}

function calm(title: string, text: string): Meaning {
  return { title, text, trouble: false };
}

function trouble(title: string, text: string): Meaning {
  return { title, text, trouble: true };
}
