import type { Config } from '../config';
import { credentials } from '../console/credentials';
import { readAhead } from '../sign-in/clock';
import { CannotConnect, type Options } from '../socket/options';
import { type Credential, expiryOf } from './credential';

/** The socket's options for a credential, as in console/credentials.ts. */
export type CredentialOptions = Pick<Options, 'connectParams' | 'refresh' | 'isRefreshed'>;

type Addresses = Pick<Config, 'httpUrl' | 'issuer'>;

/**
 * Returns the options for a pasted credential. A token gets a new ticket for each attempt if there is an HTTP API. A ticket
 * is for one attempt only.
 */
export function optionsOfPasted(credential: Credential, { httpUrl }: Addresses): CredentialOptions {
  if (credential.kind === 'token') {
    return withTokens(async () => credential.token, httpUrl);
  }
  let used = false;
  return {
    connectParams: async () => {
      if (used) {
        throw new CannotConnect('The ticket has been used. It is for one connection only, so paste another one.');
      }
      used = true;
      return { protocols: ['sallyport.v1', `ticket.${credential.ticket}`], once: true, credential: 'pasted ticket' };
    },
  };
}

/** Returns the options for a user of the local sign-in, which issues a token for any name. */
export function optionsOfUser(user: string, { httpUrl, issuer }: Addresses): CredentialOptions {
  return withTokens(() => tokenFor(user, issuer), httpUrl);
}

function withTokens(next: () => Promise<string>, httpUrl: string | undefined): CredentialOptions {
  const ahead = readAhead();
  const token = async () => {
    const text = await next();
    const expires = expiryOf(text);
    return { token: text, expires: expires === undefined ? undefined : expires + ahead };
  };
  return credentials({ token, ahead, refuse: () => {} }, httpUrl);
}

async function tokenFor(user: string, issuer: string): Promise<string> {
  const response = await fetch(`${issuer}/token-for-user`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ user }),
    credentials: 'omit',
    cache: 'no-store',
  });
  const body: unknown = await response.json().catch(() => undefined);
  const { access_token: token, error } = (body ?? {}) as { access_token?: unknown; error?: unknown };
  if (typeof token !== 'string') {
    throw new CannotConnect(`The local sign-in issued no token: ${error ?? `it answered ${response.status}`}.`);
  }
  return token;
}
