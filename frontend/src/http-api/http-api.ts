/** What is needed to ask: the HTTP API's address, without a slash at the end, and a token of the user. */
export type ApiSession = { readonly httpUrl: string; readonly token: string };

/** What opens the socket once, within a minute. Times are Unix seconds. */
export type Ticket = {
  readonly ticket: string;
  /** When the token expires that it was given for. */
  readonly tokenExpires: number;
};

/** What became of the user's connections. "gone": it had ended already. */
export type DisconnectCounts = { readonly disconnected: number; readonly gone: number; readonly failed: number };

/** An answer that is a refusal. Its message is the server's, for people. */
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

  /** Whether the same request may be answered otherwise a little later. */
  get passing(): boolean {
    return this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

/** An answer may take so long, in milliseconds. */
export const patience = 10_000;

/**
 * Gets a ticket for one attempt at the socket. It throws a Refusal, or another
 * error, with a message for people, when there is no answer that can be read.
 */
export async function takeTicket(session: ApiSession, signal: AbortSignal): Promise<Ticket> {
  const data = await ask(session, 'POST', '/tickets', signal);
  const { ticket, tokenExpires } = data;
  if (typeof ticket !== 'string' || !/^[\w-]+$/.test(ticket) || typeof tokenExpires !== 'number') {
    throw new Error(`${session.httpUrl} sent an answer without a valid ticket.`);
  }
  return { ticket, tokenExpires };
}

/** Ends every connection of the user, on all pages and devices. It throws as takeTicket does. */
export async function disconnectAll(session: ApiSession, signal: AbortSignal): Promise<DisconnectCounts> {
  const { disconnected, gone, failed } = await ask(session, 'DELETE', '/connections', signal);
  if (typeof disconnected !== 'number' || typeof gone !== 'number' || typeof failed !== 'number') {
    throw new Error(`${session.httpUrl} sent an answer without counts.`);
  }
  return { disconnected, gone, failed };
}

type Data = Readonly<Record<string, unknown>>;

async function ask({ httpUrl, token }: ApiSession, method: string, path: string, signal: AbortSignal): Promise<Data> {
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), patience);
  try {
    const response = await fetch(httpUrl + path, {
      method,
      headers: { authorization: `Bearer ${token}` },
      signal: AbortSignal.any([signal, limit.signal]),
      // The token goes to this address and no other, and nothing that comes back is kept.
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
    throw error; // the answer broke off
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
 * A browser's own words for a request that failed are of no use to anybody. It hides answers without CORS headers, such
 * as those that API Gateway gives by itself: 429 when it is throttled, 500 when the function fails.
 */
function explain(error: unknown, httpUrl: string, late: boolean): unknown {
  if (late) {
    return new Error(`${httpUrl} does not answer.`);
  }
  return error instanceof TypeError
    ? new Error(
        `${httpUrl} cannot be reached: the network is down, the server is overloaded, or it does not allow this page's origin.`,
      )
    : error;
}

function fieldsOf(value: unknown): Data {
  return typeof value === 'object' && value !== null ? (value as Data) : {};
}
