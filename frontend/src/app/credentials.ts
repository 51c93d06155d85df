import { Refusal, takeTicket } from '../door/door';
import { findFault } from '../fault/catalogue';
import { Expired } from '../sign-in/problem';
import type { SignIn } from '../sign-in/sign-in';
import type { SocketToken } from '../sign-in/socket-token';
import { type Attempt, NoOffer, type Offer, type Options } from '../socket/options';

/** The application's subprotocol; what lets a client in travels beside it as another. */
const subprotocol = 'sallyport.v1';

/**
 * What the socket shows at the door: a ticket for each attempt where there is
 * an HTTP API that gives them, else the token itself; and the message that
 * brings a newer token to an open connection.
 */
export function credentials(signIn: SignIn, httpUrl: string | undefined): Pick<Options, 'offer' | 'refresh'> {
  return {
    offer: async (attempt) => {
      const token = await tokenOf(signIn);
      if (token) {
        return httpUrl === undefined ? bearerOffer(token) : ticketOffer(httpUrl, token.token, attempt);
      }
      if (!attempt.asked) {
        throw new NoOffer('You are no longer signed in. Sign in again to connect.');
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
  };
}

/** An expired sign-in tells the socket not to try again. */
async function tokenOf(signIn: SignIn): Promise<SocketToken | undefined> {
  try {
    return await signIn.token();
  } catch (error) {
    throw error instanceof Expired ? new NoOffer(error.message) : error;
  }
}

function bearerOffer({ token, expires }: SocketToken): Offer {
  const offer = { protocols: [subprotocol, `bearer.${token}`], credential: 'bearer token' };
  return expires === undefined ? offer : { ...offer, expires: expires * 1000 };
}

async function ticketOffer(httpUrl: string, token: string, { signal }: Attempt): Promise<Offer> {
  try {
    const { ticket, tokenExpires } = await takeTicket({ httpUrl, token }, signal);
    return {
      protocols: [subprotocol, `ticket.${ticket}`],
      expires: tokenExpires * 1000,
      credential: 'single-use ticket',
    };
  } catch (error) {
    throw error instanceof Refusal && !error.passing ? await finalRefusal(error) : error;
  }
}

/** What the socket would hide, this answer tells: why the token opens nothing. */
async function finalRefusal({ code, message }: Refusal): Promise<NoOffer> {
  const words = code === undefined ? undefined : await findFault(code);
  const text = words ? `${words.meaning} ${words.remedy}` : message;
  return new NoOffer(code === undefined ? text : `${code}: ${text}`, code);
}
