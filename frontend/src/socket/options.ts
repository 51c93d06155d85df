import { errorDataOf, type Message, refreshedUntil } from './message';
import { browserSignals, type Signals } from './signals';

/** The parameters of one attempt to connect. */
export type ConnectParams = {
  readonly protocols: readonly string[];
  /** The address of this attempt, if it is not the option `url`. failover.ts chooses one of several. */
  readonly url?: string;
  /** When the credential expires, Unix time in milliseconds. A new connection replaces the open one before that. */
  readonly expires?: number;
  /** Whether one refusal is final, because no better parameters exist. */
  readonly once?: boolean;
  /** The kind of credential in a word for people, such as "ticket". Never the secret itself. */
  readonly credential?: string;
};

/** The attempt for which parameters are needed. */
export type Attempt = {
  /** Aborted when the attempt ends. */
  readonly signal: AbortSignal;
  /** Whether `connect` was called. Otherwise the socket connects by itself. */
  readonly asked: boolean;
  /** The trace id of the attempt, for the header traceparent of a request; undefined without the option `trace`. */
  readonly trace?: string | undefined;
};

/** `connectParams` may throw this error. `code` is the error code of the server, if the server refused. */
export class ConnectError extends Error {
  override name = 'ConnectError';
  readonly code: string | undefined;

  constructor(message: string, code?: string) {
    super(message);
    this.code = code;
  }
}

/** `connectParams` throws this error when another attempt would fail too. */
export class CannotConnect extends ConnectError {
  override name = 'CannotConnect';
}

/** A message that extends an open connection. */
export type Refresh = {
  readonly text: string;
  /** The text without its secret, for events. */
  readonly shown: string;
  /** When its token expires, Unix time in milliseconds. It is sent only if that is later than the present expiry. */
  readonly expires: number;
};

/** Times, all in milliseconds. */
export type Timing = {
  /** The longest time of an attempt, including `connectParams`, and of a refresh. */
  readonly handshake: number;
  /** The first delay is a random part of `firstDelay`. The limit doubles with each attempt, up to `longestDelay`. */
  readonly firstDelay: number;
  readonly longestDelay: number;
  /** After a connection has lasted so long, the count of attempts starts again. */
  readonly settled: number;
  /** A ping is sent after so long without a message. API Gateway ends an idle connection after ten minutes (api-gateway.md 6). */
  readonly heartbeat: number;
  /** The longest time from a ping to the next message. */
  readonly pong: number;
  /** When the page is shown, a ping is sent if no message came for so long. */
  readonly quiet: number;
  /** The age at which a connection is replaced, or up to `renewalSpread` earlier. API Gateway ends it at two hours (api-gateway.md 6). */
  readonly renewal: number;
  readonly renewalSpread: number;
  /** A connection is replaced so long before its credential expires, or after three quarters of its life if that is later. */
  readonly expiryMargin: number;
  /** How long the replaced connection still receives. It must be longer than the server's longest push, or messages are lost. */
  readonly overlap: number;
};

/** The limits of a Socket. */
export type Limits = {
  /** The largest number of attempts in a row, if the socket was never open since `connect`. */
  readonly firstTries: number;
  /** The largest number of attempts in a row after the socket was open. */
  readonly laterTries: number;
  /** The largest number of queued messages, and of characters in them. */
  readonly queuedMessages: number;
  readonly queuedCharacters: number;
};

/** The options of a Socket. Only `url` and `connectParams` are required. */
export type Options = {
  readonly url: string;
  /** Supplies the parameters of one attempt. It is called for each attempt, so that a token in them is fresh. */
  readonly connectParams: (attempt: Attempt) => Promise<ConnectParams>;
  /**
   * Supplies the message that extends an open connection before its credential expires, or undefined if there is no newer
   * token. Without this option, and when a refresh fails, a new connection replaces the open one.
   */
  readonly refresh?: (signal: AbortSignal) => Promise<Refresh | undefined>;
  /** Returns the new expiry in the reply, Unix time in milliseconds, or "refused"; undefined if the message is not a reply. */
  readonly isRefreshed?: (message: Message) => number | 'refused' | undefined;
  /**
   * Returns a new trace id for each attempt: see trace.ts. The socket offers it as the subprotocol "trace.<id>", and the
   * server writes it into its log. Without this option there is no id.
   */
  readonly trace?: () => string;
  readonly timing?: Partial<Timing>;
  readonly limits?: Partial<Limits>;
  /** The text of a ping. */
  readonly ping?: string;
  /** Returns whether a message answers a ping. */
  readonly isPong?: (message: Message) => boolean;
  /**
   * Returns whether the server sends such a message to every connection of a user. While two connections overlap, one
   * of two copies is left out. It must return false for messages to one connection, such as replies.
   */
  readonly isPush?: (message: Message) => boolean;
  readonly signals?: Signals;
  /** Random numbers from 0 to 1. */
  readonly random?: () => number;
};

const minute = 60_000;

/** The default times. */
export const defaultTiming: Timing = {
  handshake: 20_000,
  firstDelay: 500,
  longestDelay: minute,
  settled: 10_000,
  heartbeat: 9 * minute,
  pong: 10_000,
  quiet: 30_000,
  renewal: 110 * minute,
  renewalSpread: 5 * minute,
  expiryMargin: minute,
  overlap: 10_000,
};

/** The default limits. */
export const defaultLimits: Limits = {
  firstTries: 4,
  laterTries: 50,
  queuedMessages: 100,
  queuedCharacters: 1_000_000,
};

/** The message types of the protocol itself, each of which is for one connection. */
const protocolTypes: ReadonlySet<string> = new Set(['pong', 'error', 'refreshed', 'closing']);

type Required = Exclude<keyof Options, 'timing' | 'limits' | 'refresh' | 'trace'>;

/** The options with their defaults. */
export type Settings = { readonly [K in Required]-?: NonNullable<Options[K]> } & Pick<Options, 'refresh' | 'trace'> & {
    readonly timing: Timing;
    readonly limits: Limits;
  };

/** Returns the options with their defaults. */
export function withDefaults(options: Options): Settings {
  return {
    ping: '{"action":"ping"}',
    isPong: (message) => message.kind === 'error' || (message.kind === 'typed' && message.type === 'pong'),
    isPush,
    isRefreshed: readRefreshed,
    random: Math.random,
    signals: browserSignals,
    ...options,
    timing: { ...defaultTiming, ...options.timing },
    limits: { ...defaultLimits, ...options.limits },
  };
}

/** The default of `isPush`: returns false for the messages of the protocol itself, true for all others. */
export function isPush(message: Message): boolean {
  return message.kind !== 'error' && !(message.kind === 'typed' && protocolTypes.has(message.type));
}

/**
 * The default of `isRefreshed`. It treats every error as a refusal. At worst, it replaces a connection that could have been
 * extended.
 */
export function readRefreshed(message: Message): number | 'refused' | undefined {
  return message.kind === 'error' || errorDataOf(message, 'error') ? 'refused' : refreshedUntil(message);
}
