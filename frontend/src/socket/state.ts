import type { ErrorData, Message } from './message';

/** How a connection, or the attempt at one, ended. `lasted` is how long it had been open, in milliseconds. */
export type Ending =
  /** The browser reported a close. */
  | {
      readonly kind: 'closed';
      /** Close code (RFC 6455, 7.4); 1006 when there was no close frame. */
      readonly code: number;
      readonly reason: string;
      /** Whether it had been open before. */
      readonly opened: boolean;
      readonly lasted: number;
      /** Why, if the server said it by a "closing" message before. */
      readonly closing?: ErrorData;
    }
  /** Nothing was heard in time: neither an answer to the handshake, nor one to a ping. */
  | { readonly kind: 'silent'; readonly opened: boolean; readonly lasted: number }
  /**
   * Not even attempted, for the reason that `message` tells; `final`: trying again is of no use. `code` is the
   * server's, if it refused what was to be offered.
   */
  | { readonly kind: 'failed'; readonly message: string; readonly final: boolean; readonly code?: string }
  /** Ended by this side, by `disconnect`. */
  | { readonly kind: 'left'; readonly opened: boolean; readonly lasted: number };

/** What a Socket is doing. All times are Unix time in milliseconds. */
export type SocketState =
  | { readonly state: 'idle' }
  /** `attempt` counts from 1 since the last connection that lasted. */
  | { readonly state: 'connecting'; readonly attempt: number }
  | {
      readonly state: 'open';
      /** The subprotocol that the server chose, or "". */
      readonly protocol: string;
      /** What let it in, as the offer names it. */
      readonly credential: string | undefined;
      readonly since: number;
      /** When what was offered (the token) expires, if that is known; a refresh moves it. */
      readonly expires: number | undefined;
      /** When it is to be refreshed, or a fresh connection is to take its place. */
      readonly renewal: number;
    }
  | {
      readonly state: 'waiting';
      /** Why the last one ended. */
      readonly ending: Ending;
      /** The number of the next attempt, and when it begins. */
      readonly attempt: number;
      readonly until: number;
      /** Whether the browser says that there is no network. The attempt begins at once when there is again. */
      readonly offline: boolean;
    }
  /** `gaveUp`: another attempt would be allowed, but there were enough. */
  | { readonly state: 'closed'; readonly ending: Ending; readonly gaveUp: boolean };

/** The state of a Socket at one moment, and how many messages wait for the next connection. */
export type SocketSnapshot = SocketState & { readonly queued: number };

/** What became of a message, in the end. "sent": the browser took it while the connection was open. */
export type Outcome = 'sent' | 'dropped';

/** What `send` answers. A message that is "queued" has its outcome told later, by a "settled" event with its id. */
export type Receipt = { readonly id: number; readonly outcome: Outcome | 'queued' };

/** What happens on a Socket, in order. */
export type SocketEvent =
  /** A connection is open; `renewed`: it took the place of an open one. */
  | { readonly kind: 'opened'; readonly renewed: boolean; readonly protocol: string }
  /** A message came. `data` is as the browser gave it. */
  | { readonly kind: 'received'; readonly data: string | ArrayBuffer; readonly message: Message }
  /** The outcome of a message that was queued. */
  | { readonly kind: 'settled'; readonly id: number; readonly outcome: Outcome }
  /** A heartbeat was sent: this text. */
  | { readonly kind: 'pinged'; readonly text: string }
  /** It was answered, after so many milliseconds. */
  | { readonly kind: 'ponged'; readonly milliseconds: number }
  /** A message was sent that asks for a later expiry: `text` is what may be shown of it, `bytes` the size of the whole. */
  | { readonly kind: 'refreshing'; readonly text: string; readonly bytes: number }
  /** The connection is good for longer: until then, Unix time in milliseconds. */
  | { readonly kind: 'refreshed'; readonly expires: number }
  /** The connection, or the attempt at one, ended. */
  | { readonly kind: 'ended'; readonly ending: Ending }
  /** No other connection took the place of the open one, which stays. */
  | { readonly kind: 'notRenewed'; readonly ending: Ending };
