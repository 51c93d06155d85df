import type { Route } from '../contract';
import type { Message } from '../socket/message';
import { isPush } from '../socket/options';

/** A route that replies to the sender of a message. */
export type Reply = {
  /** The action of the message. Undefined: the route is $default, which sends the message back. */
  readonly action?: string;
  /** The type of the reply. */
  readonly type: string;
};

/** Returns the socket's `isPush` for a server with these replies. */
export function isPushBeside(replies: readonly Reply[]): (message: Message) => boolean {
  const types = new Set(replies.map(({ type }) => type));
  return (message) => isPush(message) && !(message.kind === 'typed' && types.has(message.type));
}

/** Returns the replies of the routes that have one. */
export function repliesOf(routes: readonly Route[]): readonly Reply[] {
  return routes.flatMap(({ action, answer }) =>
    answer === undefined ? [] : [{ ...(action !== undefined && { action }), type: answer }],
  );
}
