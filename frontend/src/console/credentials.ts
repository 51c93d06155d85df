import { findErrorCode } from '../errcode/catalogue';
import { Refusal, type Ticket, takeTicket } from '../http-api/http-api';
import { Expired } from '../sign-in/problem';
import type { SignIn } from '../sign-in/sign-in';
import type { SocketToken } from '../sign-in/socket-token';
import {
  type Attempt,
  CannotConnect,
  ConnectError,
  type ConnectParams,
  type Options,
  readRefreshed,
} from '../socket/options';

/** The part of SignIn that supplies tokens. */
export type TokenSource = Pick<SignIn, 'token' | 'refuse' | 'ahead'>;

/** The application's subprotocol. The credential is a second subprotocol. */
const subprotocol = 'sallyport.v1';

/**
 * Returns the socket's options for credentials: a ticket for each attempt if there is an HTTP API, else the token itself;
 * and the message that sends a newer token on an open connection.
 */
export function credentials(
  signIn: TokenSource,
  httpUrl: string | undefined,
): Pick<Options, 'connectParams' | 'refresh' | 'isRefreshed'> {
  return {
    connectParams: async (attempt) => {
      const token = await tokenOf(signIn);
      if (token) {
        return httpUrl === undefined ? bearerParams(token) : ticketParams(signIn, httpUrl, token.token, attempt);
      }
      if (!attempt.asked) {
        throw new CannotConnect('You are no longer signed in. Sign in again to connect.');
      }
      return { protocols: [subprotocol], once: true };
    },
    refresh: async () => {
      const token = await tokenOf(signIn);
      return token?.expires === undefined
        ? undefined
        : {
            text: JSON.stringify({ action: 'refresh', token: token.token }),
            shown: JSON.stringify({ action: 'refresh', token: '…' }),
            expires: token.expires * 1000,
          };
    },
    isRefreshed: (message) => {
      const answer = readRefreshed(message);
      return typeof answer === 'number' ? answer + signIn.ahead * 1000 : answer;
    },
  };
}

/**
 * Returns a function that requests a single-use ticket for one attempt to connect. It uses the HTTP API `own`, unless it
 * is called with the address of another one. It throws CannotConnect if another attempt would fail too.
 */
export function ticketSource(signIn: TokenSource, own: string): (trace?: string, httpUrl?: string) => Promise<string> {
  return async (trace, httpUrl = own) => {
    const token = await tokenOf(signIn);
    if (!token) {
      throw new CannotConnect('You are not signed in. Sign in to connect.');
    }
    return (await freshTicket(signIn, httpUrl, token.token, { signal: new AbortController().signal, trace })).ticket;
  };
}

/** Returns the token. It throws CannotConnect if the sign-in has expired, so that the socket makes no other attempt. */
async function tokenOf(signIn: TokenSource): Promise<SocketToken | undefined> {
  try {
    return await signIn.token();
  } catch (error) {
    throw error instanceof Expired ? new CannotConnect(error.message) : error;
  }
}

function bearerParams({ token, expires }: SocketToken): ConnectParams {
  const connectParams = { protocols: [subprotocol, `bearer.${token}`], credential: 'bearer token' };
  return expires === undefined ? connectParams : { ...connectParams, expires: expires * 1000 };
}

async function ticketParams(
  signIn: TokenSource,
  httpUrl: string,
  token: string,
  attempt: Attempt,
): Promise<ConnectParams> {
  const { ticket, tokenExpires } = await freshTicket(signIn, httpUrl, token, attempt);
  return {
    protocols: [subprotocol, `ticket.${ticket}`],
    expires: (tokenExpires + signIn.ahead) * 1000,
    credential: 'single-use ticket',
  };
}

/**
 * Returns a ticket for the token. If the server says that the token has expired, this page's clock may be wrong. So the
 * token is renewed once, and only the second refusal is final.
 */
async function freshTicket(
  signIn: TokenSource,
  httpUrl: string,
  token: string,
  { signal, trace }: Pick<Attempt, 'signal' | 'trace'>,
): Promise<Ticket> {
  try {
    return await takeTicket({ httpUrl, token, trace }, signal);
  } catch (error) {
    if (!(error instanceof Refusal) || error.code !== 'token_expired') {
      throw await explained(error);
    }
  }
  signIn.refuse(token);
  const renewed = await tokenOf(signIn);
  try {
    return await takeTicket({ httpUrl, token: renewed?.token ?? token, trace }, signal);
  } catch (error) {
    throw await explained(error);
  }
}

/** Returns an error with the reason of a refusal, which a failed handshake would hide. It returns other errors unchanged. */
async function explained(error: unknown): Promise<unknown> {
  if (!(error instanceof Refusal)) {
    return error;
  }
  const { code, message, passing } = error;
  if (passing) {
    return new ConnectError(message, code);
  }
  const entry = code === undefined ? undefined : await findErrorCode(code);
  const text = entry ? `${entry.meaning} ${entry.remedy}` : message;
  return new CannotConnect(code === undefined ? text : `${code}: ${text}`, code);
}
