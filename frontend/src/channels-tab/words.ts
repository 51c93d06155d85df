/** An error of the client or of the server. */
export type Trouble = { readonly code: number; readonly message: string };

const meanings: ReadonlyMap<number, string> = new Map([
  // Of the client.
  [1, 'The server did not answer in time. Try again.'],
  [2, 'The connection could not be opened, or it closed.'],
  [3, 'There is no connection. Connect first.'],
  [4, 'There is no connection. Connect first.'],
  [11, 'The connection closed before the answer came. Try again.'],
  // Of the protocol.
  [100, 'The server failed. Try again.'],
  [102, 'The app declares no such namespace, or the name is malformed. An example of a name is chat:room1.'],
  [103, 'The namespace does not allow you to do this.'],
  [106, 'A limit is exceeded.'],
  [107, 'The server cannot read the request.'],
  [108, 'The server does not have this command.'],
  [109, 'The token has expired. Sign in again.'],
  [111, 'You sent too many requests. Try again in a minute.'],
  [112, 'The history does not reach back to this position.'],
]);

/** The texts of the server that say no more than the meaning of the code. */
const plain: ReadonlySet<string> = new Set([
  'internal server error',
  'unknown channel',
  'permission denied',
  'bad request',
  'not available',
  'token expired',
  'too many requests',
  'unrecoverable position',
  'timeout',
  'transport closed',
  'connection closed',
  'client disconnected',
]);

/** Returns an error in a sentence, with its code. */
export function explainTrouble({ code, message }: Trouble): string {
  const meaning = meanings.get(code);
  const said = meaning === undefined || !plain.has(message) ? message : '';
  return `${[meaning, said].filter(Boolean).join(' ')} (code ${code})`;
}

const endings: ReadonlyMap<number, string> = new Map([
  [1, 'The server gave no ticket.'],
  [2, 'The server sent a message that is not of the protocol.'],
  [3, 'A message was larger than API Gateway allows.'],
  [3005, 'The token expired.'],
  [3500, 'The token is not valid.'],
  [3501, 'The server could not read a message of this page.'],
  [3503, 'The server ended the connection.'],
  [3504, 'You have too many connections.'],
]);

/** Returns the reason for which a connection ended, with its code; undefined if the user ended it. */
export function explainEnding({
  code,
  reason,
}: {
  readonly code: number;
  readonly reason: string;
}): string | undefined {
  if (code === 0) {
    return undefined;
  }
  const said = code < 1000 ? '' : `The server says: ${reason}`;
  return `${[endings.get(code) ?? 'The connection ended.', said].filter(Boolean).join(' ')} (code ${code})`;
}

/** Returns a failed request in a sentence. The client rejects with an object that has a code, which is no Error. */
export function explainFailure(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'number') {
    return explainTrouble({ code: error.code, message: 'message' in error ? String(error.message) : '' });
  }
  return error instanceof Error ? error.message : String(error);
}

/** Returns the value that a text stands for: the JSON value if it is JSON, else the text itself. */
export function dataOf(text: string): { readonly data: unknown; readonly isJson: boolean } {
  try {
    return { data: JSON.parse(text), isJson: true };
  } catch {
    return { data: text, isJson: false };
  }
}
