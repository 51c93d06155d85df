import { expect, vi } from 'vitest';
import type { Attempt, ConnectParams, Options } from '../socket/options';
import { Socket } from '../socket/socket';
import type { SocketEvent, SocketSnapshot } from '../socket/state';
import { MockSignals } from './mock-signals';
import { type MockWebSocket, mockWebSocket, newest } from './mock-web-socket';

/** A socket whose server, network and parameters a test controls. It needs fake timers. */
export class SocketHarness {
  readonly made = mockWebSocket();
  readonly signals = new MockSignals();
  readonly connectParams = vi.fn(
    async (_?: Attempt): Promise<ConnectParams> => ({ protocols: ['sallyport.v1', 'bearer.a.b.c'] }),
  );
  /** All states and events since the socket was created. */
  readonly states: string[] = [];
  readonly events: SocketEvent[] = [];
  readonly socket: Socket;

  /** Creates a socket whose random delays have their largest values. */
  constructor(options: Partial<Options> = {}) {
    const { connectParams, signals } = this;
    this.socket = new Socket({ url: 'wss://api.example/live', connectParams, signals, random: () => 1, ...options });
    this.socket.subscribe(() => this.states.push(this.socket.snapshot().state));
    this.socket.listen((event) => this.events.push(event));
  }

  /** The newest WebSocket, for the server's actions. */
  get server(): MockWebSocket {
    return newest(this.made);
  }

  async pass(milliseconds = 0): Promise<void> {
    await vi.advanceTimersByTimeAsync(milliseconds);
  }

  async connect(): Promise<MockWebSocket> {
    this.socket.connect();
    await this.pass();
    return this.server;
  }

  async open(): Promise<MockWebSocket> {
    const server = await this.connect();
    server.accept('sallyport.v1');
    return server;
  }

  /** Returns the present snapshot, which must have this state. */
  snapshot<S extends SocketSnapshot['state']>(state: S): Extract<SocketSnapshot, { state: S }> {
    const now = this.socket.snapshot();
    expect(now.state).toBe(state);
    return now as Extract<SocketSnapshot, { state: S }>;
  }
}
