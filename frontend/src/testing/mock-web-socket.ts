import { vi } from 'vitest';

/** A fake of the browser's WebSocket. A test acts as the server through it. */
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

  /** Accepts the handshake, as the server. */
  accept(protocol = ''): void {
    this.protocol = protocol;
    this.readyState = MockWebSocket.OPEN;
    this.onopen?.();
  }

  /** Sends a message, as the server. */
  deliver(data: string | ArrayBuffer): void {
    this.onmessage?.({ data });
  }

  /** Ends the connection with the browser's close event. */
  end(code: number, reason = ''): void {
    this.readyState = MockWebSocket.CLOSED;
    this.onclose?.({ code, reason });
  }
}

/** Replaces WebSocket for one test. It returns the list of the sockets that are created, oldest first. */
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

/** Returns the newest socket. It throws if there is none. */
export function newest(made: readonly MockWebSocket[]): MockWebSocket {
  const socket = made.at(-1);
  if (!socket) {
    throw new Error('no WebSocket was made');
  }
  return socket;
}
