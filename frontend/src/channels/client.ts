import { Centrifuge, type Options } from 'centrifuge';

/** The subprotocol of Centrifugo's JSON protocol. The credential is a second subprotocol. */
const subprotocol = 'centrifuge-json';

/** Chooses one of several stacks for each attempt to connect. Failover in ../socket/failover.ts is one. */
export type Addresses = {
  readonly next: () => { readonly websocketUrl: string; readonly httpUrl?: string };
  /** The client calls it when an attempt succeeded. */
  readonly opened: () => void;
  /** The client calls it when an attempt failed. */
  readonly failed: () => void;
};

/** The errors of an attempt to connect, among those that the client reports. */
const attemptErrors: ReadonlySet<string> = new Set(['transport', 'connect', 'connectData']);

/**
 * Returns a client for channels, which is not connected yet. `ticket` returns a single-use ticket; it is called before
 * each attempt to connect, with a new trace id, by which the log of the server can be searched, and with the address of
 * the HTTP API if there are several stacks. If it rejects with an UnauthorizedError, the client disconnects. After any
 * other error it tries again later.
 */
export function createClient(
  stack: string | Addresses,
  ticket: (trace: string, httpUrl?: string) => Promise<string>,
  options: Partial<Options> = {},
): Centrifuge {
  let current = '';
  let trace = '';
  let address = typeof stack === 'string' ? stack : stack.next().websocketUrl;
  class TicketSocket extends WebSocket {
    constructor() {
      super(address, [subprotocol, `ticket.${current}`, `trace.${trace}`]);
    }
  }
  const client = new Centrifuge(address, {
    // A cold start of the function can take longer than the default of 5 s. API Gateway waits for 29 s.
    timeout: 30_000,
    ...options,
    websocket: TicketSocket,
    getData: async () => {
      trace = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(
        '',
      );
      if (typeof stack === 'string') {
        current = await ticket(trace);
      } else {
        const { websocketUrl, httpUrl } = stack.next();
        current = await ticket(trace, httpUrl);
        address = websocketUrl;
      }
      return null;
    },
  });
  if (typeof stack !== 'string') {
    client.on('connected', stack.opened);
    client.on('error', ({ type }) => attemptErrors.has(type) && stack.failed());
  }
  // API Gateway closes a connection without messages after 10 minutes. The server ignores this message.
  let timer: ReturnType<typeof setInterval> | undefined;
  client.on('connected', () => {
    timer = setInterval(() => client.send(null).catch(() => {}), 9 * 60_000);
  });
  for (const event of ['connecting', 'disconnected'] as const) client.on(event, () => clearInterval(timer));
  return client;
}
