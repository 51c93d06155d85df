import { vi } from 'vitest';

/** Stands in for the browser's WebSocket; a test plays the server through it. */
export class MockWebSocket {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSING = 2;
  static readonly CLOSED = 3;

  readonly url: string;
  readonly protocols: readonly string[];
  readonly sent: string[] = [];
  binaryType = 'blob';
  readyState: number = MockWebSocket.CONNECTING;
  protocol = '';
  closeCode: number | undefined;
  onopen: (() => void) | undefined;
  onmessage: ((event: { data: string | ArrayBuffer }) => void) | undefined;
  onclose: ((event: { code: number; reason: string }) => void) | undefined;

  constructor(url: string, protocols: readonly string[]) {
    this.url = url;
    this.protocols = protocols;
  }

  send(text: string): void {
    this.sent.push(text);
  }

  close(code?: number): void {
    this.closeCode = code;
    this.readyState = MockWebSocket.CLOSING;
  }

  /** The server accepts the handshake. */
  accept(protocol = ''): void {
    this.protocol = protocol;
    this.readyState = MockWebSocket.OPEN;
    this.onopen?.();
  }

  /** The server sends a message. */
  deliver(data: string | ArrayBuffer): void {
    this.onmessage?.({ data });
  }

  /** The connection ends, as the browser reports it. */
  end(code: number, reason = ''): void {
    this.readyState = MockWebSocket.CLOSED;
    this.onclose?.({ code, reason });
  }
}

/** Puts the mock in the place of WebSocket for one test; the sockets made since, oldest first. */
export function mockWebSocket(): MockWebSocket[] {
  const made: MockWebSocket[] = [];
  class Recorded extends MockWebSocket {
    constructor(url: string, protocols: readonly string[]) {
      super(url, protocols);
      made.push(this);
    }
  }
  vi.stubGlobal('WebSocket', Recorded);
  return made;
}

/** The newest socket; it is an error if there is none. */
export function newest(made: readonly MockWebSocket[]): MockWebSocket {
  const socket = made.at(-1);
  if (!socket) {
    throw new Error('no WebSocket was made');
  }
  return socket;
}
