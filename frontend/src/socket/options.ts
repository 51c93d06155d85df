import { errorDataOf, type Message, refreshedUntil } from './message';
import { browserSignals, type Signals } from './signals';

/** What one attempt offers to the server. */
export type ConnectParams = {
  readonly protocols: readonly string[];
  /** When it expires, Unix time in milliseconds. A fresh connection replaces the open one before. */
  readonly expires?: number;
  /** Whether one refusal is enough: nothing better can be offered. */
  readonly once?: boolean;
  /** What lets it in, in a word for people, as "ticket". Never the secret itself. */
  readonly credential?: string;
};

/** The attempt for which an offer is wanted. */
export type Attempt = {
  /** Aborted when the attempt ends. */
  readonly signal: AbortSignal;
  /** Whether somebody asked for it, by `connect`: otherwise the socket does it by itself. */
  readonly asked: boolean;
};

/**
 * Thrown by an offer's supplier when there is nothing to offer, so that trying again is of no use. `code` is the
 * server's, if it is the server that says so.
 */
export class CannotConnect extends Error {
  override name = 'CannotConnect';
  readonly code: string | undefined;

  constructor(message: string, code?: string) {
    super(message);
    this.code = code;
  }
}

/** A message that extends an open connection. */
export type Refresh = {
  readonly text: string;
  /** The same without its secret: what others are told. */
  readonly shown: string;
  /** When what is in it expires, Unix time in milliseconds. Not sent unless that is later than what was offered. */
  readonly expires: number;
};

/** Times, all in milliseconds. */
export type Timing = {
  /** An attempt may take so long, the supplier's part included; so may a refresh. */
  readonly handshake: number;
  /** The first wait is a random part of `firstDelay`, each following one of twice as much, up to `longestDelay`. */
  readonly firstDelay: number;
  readonly longestDelay: number;
  /** A connection that lasts so long makes the count of attempts begin anew. */
  readonly settled: number;
  /** After so long without any message a ping is sent: API Gateway gives up after ten minutes (specification 6). */
  readonly heartbeat: number;
  /** Something must come back so long after a ping. */
  readonly pong: number;
  /** When the page is shown again, a connection that was quiet for so long is tried by a ping. */
  readonly quiet: number;
  /** So old, or up to `renewalSpread` younger, a connection is replaced: API Gateway ends it at two hours (specification 6). */
  readonly renewal: number;
  readonly renewalSpread: number;
  /** So long before its offer expires, or a quarter of its life if that is less, a connection is replaced. */
  readonly expiryMargin: number;
  /** So long the replaced connection still receives. Longer than the server's longest push, or messages are lost. */
  readonly overlap: number;
};

/** Numbers that bound what a Socket does. */
export type Limits = {
  /** Attempts in a row, of which none was open since `connect`. */
  readonly firstTries: number;
  /** Attempts in a row after it was open. */
  readonly laterTries: number;
  /** Messages that wait for a connection, and their characters. */
  readonly queuedMessages: number;
  readonly queuedCharacters: number;
};

/** What a Socket is made with. Only the first two have no default. */
export type Options = {
  readonly url: string;
  /** Supplies the offer of one attempt. It is asked anew each time, so that a token in it is fresh. */
  readonly connectParams: (attempt: Attempt) => Promise<ConnectParams>;
  /**
   * Supplies the message that extends an open connection before its offer expires; undefined if there is nothing
   * newer. Without it, and whenever that fails, a fresh connection takes the place of the open one.
   */
  readonly refresh?: (signal: AbortSignal) => Promise<Refresh | undefined>;
  /** Reads the answer to it: the new expiry, Unix time in milliseconds, or "refused"; undefined if it is none. */
  readonly isRefreshed?: (message: Message) => number | 'refused' | undefined;
  readonly timing?: Partial<Timing>;
  readonly limits?: Partial<Limits>;
  /** The heartbeat's text. */
  readonly ping?: string;
  /** Whether a message answers the heartbeat. */
  readonly isPong?: (message: Message) => boolean;
  /**
   * Whether the server sends such a message to every connection of a user. While two connections overlap, one of the
   * two copies is left out. What is for one connection, as replies are, must not be among them.
   */
  readonly isPush?: (message: Message) => boolean;
  readonly signals?: Signals;
  /** Random numbers from 0 to 1. */
  readonly random?: () => number;
};

const minute = 60_000;

/** The times that are used unless others are given. */
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

/** The limits that are used unless others are given. */
export const defaultLimits: Limits = {
  firstTries: 4,
  laterTries: 50,
  queuedMessages: 100,
  queuedCharacters: 1_000_000,
};

/** The message types of the protocol itself, each of which is for one connection. */
const protocolTypes: ReadonlySet<string> = new Set(['pong', 'error', 'refreshed', 'closing']);

type Required = Exclude<keyof Options, 'timing' | 'limits' | 'refresh'>;

/** Options with nothing left open. */
export type Settings = { readonly [K in Required]-?: NonNullable<Options[K]> } & Pick<Options, 'refresh'> & {
    readonly timing: Timing;
    readonly limits: Limits;
  };

/** Fills in the defaults. */
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
 * The default of `isRefreshed`. Any error may be the answer: at worst a connection is replaced that was about to be
 * extended.
 */
export function readRefreshed(message: Message): number | 'refused' | undefined {
  return message.kind === 'error' || errorDataOf(message, 'error') ? 'refused' : refreshedUntil(message);
}
