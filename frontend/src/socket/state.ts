import type { ErrorData, Message } from './message';

/** How a connection, or the attempt at one, ended. */
export type Ending = EndingKind & {
  /** The trace id of the attempt, if it had one. */
  readonly trace?: string;
};

/** `lasted` is how long it had been open, in milliseconds. */
type EndingKind =
  /** The browser reported a close. */
  | {
      readonly kind: 'closed';
      /** Close code (RFC 6455, 7.4); 1006 when there was no close frame. */
      readonly code: number;
      readonly reason: string;
      /** Whether it had been open before. */
      readonly opened: boolean;
      readonly lasted: number;
      /** The reason from a "closing" message that came before, if there was one. */
      readonly closing?: ErrorData;
    }
  /** No answer came in time, to the handshake or to a ping. */
  | { readonly kind: 'timeout'; readonly opened: boolean; readonly lasted: number }
  /**
   * No WebSocket was opened; `message` is the reason. `final`: another attempt would fail too. `code` is the error code
   * of the server, if it refused the credential.
   */
  | { readonly kind: 'failed'; readonly message: string; readonly final: boolean; readonly code?: string }
  /** Ended by this side, by `disconnect`. */
  | { readonly kind: 'disconnected'; readonly opened: boolean; readonly lasted: number };

/** The state of a Socket. All times are Unix time in milliseconds. */
export type SocketState =
  | { readonly state: 'idle' }
  /** `attempt` counts from 1 since the last connection that lasted. `after`: how the one before ended; not set in the first attempt. */
  | { readonly state: 'connecting'; readonly attempt: number; readonly after?: Ending }
  | {
      readonly state: 'open';
      /** The subprotocol that the server chose, or "". */
      readonly protocol: string;
      /** The kind of credential, from the connect parameters. */
      readonly credential: string | undefined;
      /** The trace id of the attempt that opened it; undefined without the option. */
      readonly trace: string | undefined;
      /** The address, if the connect parameters have one. */
      readonly url: string | undefined;
      readonly since: number;
      /** When the credential expires, if that is known. A refresh moves it. */
      readonly expires: number | undefined;
      /** When the connection will be refreshed or replaced. */
      readonly renewal: number;
    }
  | {
      readonly state: 'waiting';
      /** Why the last one ended. */
      readonly ending: Ending;
      /** The number of the next attempt, and when it begins. */
      readonly attempt: number;
      readonly until: number;
      /** Whether the browser reports no network. The attempt begins at once when the network is back. */
      readonly offline: boolean;
    }
  /** `gaveUp`: the number of attempts reached its limit. */
  | { readonly state: 'closed'; readonly ending: Ending; readonly gaveUp: boolean };

/** The state of a Socket at one moment, and how many messages wait for the next connection. */
export type SocketSnapshot = SocketState & { readonly queued: number };

/** The final outcome of a message. "sent": the browser accepted it while the connection was open. */
export type Outcome = 'sent' | 'dropped';

/** The result of `send`. The final outcome of a "queued" message comes later, in a "settled" event with its id. */
export type Receipt = { readonly id: number; readonly outcome: Outcome | 'queued' };

/** The events of a Socket, in order. */
export type SocketEvent =
  /** A connection is open; `renewed`: it replaced an open one. */
  | { readonly kind: 'opened'; readonly renewed: boolean; readonly protocol: string }
  /** A message was received. `data` is the data of the browser's event. */
  | { readonly kind: 'received'; readonly data: string | ArrayBuffer; readonly message: Message }
  /** The outcome of a message that was queued. */
  | { readonly kind: 'settled'; readonly id: number; readonly outcome: Outcome }
  /** A ping with this text was sent. */
  | { readonly kind: 'pinged'; readonly text: string }
  /** A ping was answered after so many milliseconds. */
  | { readonly kind: 'ponged'; readonly milliseconds: number }
  /** A refresh was sent: `text` is the message without its secret, `bytes` is the size of the whole message. */
  | { readonly kind: 'refreshing'; readonly text: string; readonly bytes: number }
  /** The connection has a later expiry, Unix time in milliseconds. */
  | { readonly kind: 'refreshed'; readonly expires: number }
  /** The connection, or the attempt at one, ended. */
  | { readonly kind: 'ended'; readonly ending: Ending }
  /** The open connection was not replaced and stays open. */
  | { readonly kind: 'notRenewed'; readonly ending: Ending };

/** Returns how the last connection, or the attempt at one, ended; undefined if none did since `connect`. */
export function endingOf(snapshot: SocketSnapshot): Ending | undefined {
  return snapshot.state === 'connecting' ? snapshot.after : 'ending' in snapshot ? snapshot.ending : undefined;
}

/** Returns whether another attempt follows one that failed, or a connection that was lost. */
export function isReconnecting(
  snapshot: SocketSnapshot,
): snapshot is Extract<SocketSnapshot, { state: 'waiting' | 'connecting' }> {
  return snapshot.state === 'waiting' || (snapshot.state === 'connecting' && snapshot.after !== undefined);
}
