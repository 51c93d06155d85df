import type { Message } from '../socket/message';

/** The identity of this connection on the server: the data of a "whoami" message. */
export type Identity = {
  readonly connectionId: string;
  /** The name of the user, for display. */
  readonly user: string;
  /** The issuer and the subject of the token, which identify the user. Undefined if the server does not send them. */
  readonly issuer?: string;
  readonly sub?: string;
  /** When the token expires, in Unix seconds. */
  readonly expires: number;
};

/** Returns the identity in a "whoami" message, or undefined if the message has another type or is malformed. */
export function identityOf(message: Message): Identity | undefined {
  if (message.kind !== 'typed' || message.type !== 'whoami') {
    return undefined;
  }
  const { connectionId, user, issuer, sub, expires } = (message.data ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof connectionId !== 'string' || typeof user !== 'string' || typeof expires !== 'number') {
    return undefined;
  }
  return {
    connectionId,
    user,
    ...(typeof issuer === 'string' && { issuer }),
    ...(typeof sub === 'string' && { sub }),
    expires,
  };
}
