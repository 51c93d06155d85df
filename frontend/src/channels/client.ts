import { Centrifuge, type Options } from 'centrifuge';

/** The subprotocol of Centrifugo's JSON protocol. The credential is a second subprotocol. */
const subprotocol = 'centrifuge-json';

/**
 * Returns a client for channels, which is not connected yet. `ticket` returns a single-use ticket; it is called before
 * each attempt to connect, with a new trace id, by which the log of the server can be searched. If it rejects with an UnauthorizedError, the client disconnects. After any other error it
 * tries again later.
 */
export function createClient(
  websocketUrl: string,
  ticket: (trace: string) => Promise<string>,
  options: Partial<Options> = {},
): Centrifuge {
  let current = '';
  let trace = '';
  class TicketSocket extends WebSocket {
    constructor(url: string) {
      super(url, [subprotocol, `ticket.${current}`, `trace.${trace}`]);
    }
  }
  const client = new Centrifuge(websocketUrl, {
    // A cold start of the Lambda can take longer than the default of 5 s. API Gateway waits for 29 s.
    timeout: 30_000,
    ...options,
    websocket: TicketSocket,
    getData: async () => {
      trace = Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join(
        '',
      );
      current = await ticket(trace);
      return null;
    },
  });
  // API Gateway closes a connection without messages after 10 minutes. The server ignores this message.
  let timer: ReturnType<typeof setInterval> | undefined;
  client.on('connected', () => {
    timer = setInterval(() => client.send(null).catch(() => {}), 9 * 60_000);
  });
  for (const event of ['connecting', 'disconnected'] as const) client.on(event, () => clearInterval(timer));
  return client;
}
