/** The address of the HTTP API, without a slash at the end, and a token of the user. */
export type ApiSession = {
  readonly httpUrl: string;
  readonly token: string;
  /** The trace id of the attempt to connect, for the log of the server. */
  readonly trace?: string | undefined;
};

/** A single-use credential for the socket, valid for a minute. Times are Unix seconds. */
export type Ticket = {
  readonly ticket: string;
  /** When the token expires with which the ticket was requested. */
  readonly tokenExpires: number;
};

/** The numbers of the user's connections by outcome. "gone": the connection had ended before. */
export type DisconnectCounts = { readonly disconnected: number; readonly gone: number; readonly failed: number };

/** The error of a request that the server refused. Its message is the server's text for people. */
export class Refusal extends Error {
  override name = 'Refusal';
  readonly status: number;
  /** Of the catalogue in docs/errors.md; undefined if it was not the function that answered. */
  readonly code: string | undefined;

  constructor(status: number, code: string | undefined, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }

  /** Whether the same request may succeed a little later. */
  get passing(): boolean {
    return this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

/** The longest wait for an answer, in milliseconds. */
export const timeout = 10_000;

/**
 * Returns a ticket for one attempt to connect. It throws a Refusal if the server refuses, and another error, with a text
 * for people, if there is no usable answer.
 */
export async function takeTicket(session: ApiSession, signal: AbortSignal): Promise<Ticket> {
  const data = await ask(session, 'POST', '/tickets', signal);
  const { ticket, tokenExpires } = data;
  if (typeof ticket !== 'string' || !/^[\w-]+$/.test(ticket) || typeof tokenExpires !== 'number') {
    throw new Error(`${session.httpUrl} sent an answer without a valid ticket.`);
  }
  return { ticket, tokenExpires };
}

/** Ends every connection of the user, on all pages and devices. It throws the errors of takeTicket. */
export async function disconnectAll(session: ApiSession, signal: AbortSignal): Promise<DisconnectCounts> {
  const { disconnected, gone, failed } = await ask(session, 'DELETE', '/connections', signal);
  if (typeof disconnected !== 'number' || typeof gone !== 'number' || typeof failed !== 'number') {
    throw new Error(`${session.httpUrl} sent an answer without counts.`);
  }
  return { disconnected, gone, failed };
}

type Data = Readonly<Record<string, unknown>>;

async function ask(session: ApiSession, method: string, path: string, signal: AbortSignal): Promise<Data> {
  const { httpUrl, token, trace } = session;
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), timeout);
  try {
    const response = await fetch(httpUrl + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(trace && { traceparent: `00-${trace}-${trace.slice(16)}-00` }), // nobody reads the second id
      },
      signal: AbortSignal.any([signal, limit.signal]),
      // The token must go to this address only, and no answer may be cached.
      redirect: 'error',
      credentials: 'omit',
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
    });
    return await read(response, httpUrl);
  } catch (error) {
    throw explain(error, httpUrl, limit.signal.aborted);
  } finally {
    clearTimeout(timer);
  }
}

async function read(response: Response, httpUrl: string): Promise<Data> {
  const body: unknown = await response.json().catch((error: unknown) => {
    if (error instanceof SyntaxError) {
      return undefined;
    }
    throw error; // the answer is incomplete
  });
  const data = fieldsOf(fieldsOf(body).data);
  if (response.ok) {
    return data;
  }
  const { code, message } = data;
  const said = typeof message === 'string' ? message : `${httpUrl} answered ${response.status}.`;
  throw new Refusal(response.status, typeof code === 'string' ? code : undefined, said);
}

/**
 * Replaces the browser's error text, which does not help. A browser hides answers without CORS headers, such as API
 * Gateway's own: 429 when it is throttled, 500 when the function fails.
 */
function explain(error: unknown, httpUrl: string, late: boolean): unknown {
  if (late) {
    return new Error(`${httpUrl} does not answer.`);
  }
  return error instanceof TypeError
    ? new Error(
        `${httpUrl} cannot be reached: the network is down, the server fails or is overloaded, or it does not allow this page's origin.`,
      )
    : error;
}

function fieldsOf(value: unknown): Data {
  return typeof value === 'object' && value !== null ? (value as Data) : {};
}
