import { beforeEach, describe, expect, it, vi } from 'vitest';
import { type MockWebSocket, mockWebSocket, newest } from '../testing/mock-web-socket';
import { type ProtocolSupplier, Socket } from './socket';

const url = 'wss://door.example/live';
const offer: ProtocolSupplier = async () => ['sallyport.v1', 'bearer.a.b.c'];

let made: MockWebSocket[];
let socket: Socket;
/** Every state since the test began. */
let states: string[];

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  made = mockWebSocket();
  socket = new Socket();
  states = [];
  socket.subscribe(() => states.push(socket.snapshot().state));
  return () => vi.useRealTimers();
});

async function open(): Promise<MockWebSocket> {
  await socket.connect(url, offer);
  newest(made).accept('sallyport.v1');
  return newest(made);
}

function ending() {
  const snapshot = socket.snapshot();
  return snapshot.state === 'closed' ? snapshot.ending : undefined;
}

describe('idle', () => {
  it('is where it begins', () => {
    expect(socket.snapshot()).toEqual({ state: 'idle' });
  });

  it('neither sends nor disconnects', () => {
    expect(socket.send('x')).toBe(false);
    socket.disconnect();
    expect(states).toEqual([]);
  });
});

describe('connecting', () => {
  it('waits for the protocols, then offers them', async () => {
    const connected = socket.connect(url, offer);
    expect(states).toEqual(['connecting']);
    expect(made).toHaveLength(0);
    await connected;
    expect(newest(made)).toMatchObject({ url, protocols: ['sallyport.v1', 'bearer.a.b.c'], binaryType: 'arraybuffer' });
  });

  it('becomes open', async () => {
    await open();
    expect(states).toEqual(['connecting', 'open']);
    expect(socket.snapshot()).toEqual({ state: 'open', protocol: 'sallyport.v1', since: 1_000_000 });
  });

  it('becomes closed when the handshake is refused', async () => {
    await socket.connect(url, offer);
    newest(made).end(1006);
    expect(states).toEqual(['connecting', 'closed']);
    expect(ending()).toEqual({ kind: 'closed', code: 1006, reason: '', opened: false, ours: false, lasted: 0 });
  });

  it('becomes closed when no protocols can be had', async () => {
    await socket.connect(url, () => Promise.reject(new Error('Your sign-in has expired')));
    expect(made).toHaveLength(0);
    expect(ending()).toEqual({ kind: 'failed', message: 'Your sign-in has expired' });
  });

  it('becomes closed when the browser takes no such address', async () => {
    vi.stubGlobal(
      'WebSocket',
      class {
        constructor() {
          throw new SyntaxError('The URL is invalid');
        }
      },
    );
    await socket.connect('nonsense', offer);
    expect(ending()).toEqual({ kind: 'failed', message: 'The URL is invalid' });
  });

  it('is called off before the protocols are there', async () => {
    const connected = socket.connect(url, offer);
    socket.disconnect();
    await connected;
    expect(made).toHaveLength(0);
    expect(states).toEqual(['connecting', 'closed']);
    expect(ending()).toEqual({ kind: 'cancelled' });
  });

  it('does not tell of a supplier that fails after it was called off', async () => {
    const connected = socket.connect(url, () => Promise.reject(new Error('late')));
    socket.disconnect();
    await connected;
    expect(ending()).toEqual({ kind: 'cancelled' });
  });

  it('is called off during the handshake', async () => {
    await socket.connect(url, offer);
    socket.disconnect();
    expect(newest(made).closeCode).toBe(1000);
    newest(made).end(1006);
    expect(states).toEqual(['connecting', 'closing', 'closed']);
    expect(ending()).toEqual({ kind: 'cancelled' });
  });

  it('takes no second attempt', async () => {
    const second = vi.fn(offer);
    await Promise.all([socket.connect(url, offer), socket.connect(url, second)]);
    expect(second).not.toHaveBeenCalled();
    expect(made).toHaveLength(1);
  });

  it('lets only the newest attempt open a socket', async () => {
    let answerFirst = (_: readonly string[]) => {};
    const first = socket.connect(url, () => new Promise((resolve) => (answerFirst = resolve)));
    socket.disconnect();
    await socket.connect(url, offer);
    answerFirst(['old']);
    await first;
    expect(made.map(({ protocols }) => protocols[0])).toEqual(['sallyport.v1']);
  });
});

describe('open', () => {
  it('sends text', async () => {
    const server = await open();
    expect(socket.send('hello')).toBe(true);
    expect(socket.send('')).toBe(true);
    expect(server.sent).toEqual(['hello', '']);
  });

  it('does not send while the browser is closing', async () => {
    const server = await open();
    server.readyState = WebSocket.CLOSING;
    expect(socket.send('hello')).toBe(false);
    expect(server.sent).toEqual([]);
  });

  it('hands on messages until unsubscribed', async () => {
    const got: unknown[] = [];
    const stop = socket.onMessage((data) => got.push(data));
    const server = await open();
    const binary = new ArrayBuffer(2);
    server.deliver('one');
    server.deliver(binary);
    stop();
    server.deliver('two');
    expect(got).toEqual(['one', binary]);
  });

  it('becomes closed when the server closes', async () => {
    const server = await open();
    vi.advanceTimersByTime(603_900);
    server.end(1001, 'Going away');
    expect(states).toEqual(['connecting', 'open', 'closed']);
    expect(ending()).toEqual({
      kind: 'closed',
      code: 1001,
      reason: 'Going away',
      opened: true,
      ours: false,
      lasted: 603_900,
    });
  });

  it('disconnects with code 1000', async () => {
    const server = await open();
    socket.disconnect();
    socket.disconnect();
    expect(states).toEqual(['connecting', 'open', 'closing']);
    expect(server.closeCode).toBe(1000);
    expect(socket.send('late')).toBe(false);
    server.end(1000);
    expect(ending()).toMatchObject({ kind: 'closed', code: 1000, ours: true, opened: true });
  });
});

describe('closed', () => {
  it('connects again, and forgets who closed before', async () => {
    const first = await open();
    socket.disconnect();
    first.end(1000);
    const second = await open();
    expect(second).not.toBe(first);
    second.end(1000);
    expect(ending()).toMatchObject({ ours: false });
  });

  it('asks for fresh protocols every time', async () => {
    let attempt = 0;
    const supplier = async () => {
      attempt += 1;
      return [`bearer.${attempt}`];
    };
    await socket.connect(url, supplier);
    newest(made).end(1006);
    await socket.connect(url, supplier);
    expect(made.map(({ protocols }) => protocols[0])).toEqual(['bearer.1', 'bearer.2']);
  });
});

describe('subscribe', () => {
  it('stops when told to', async () => {
    const listener = vi.fn();
    socket.subscribe(listener)();
    await open();
    expect(listener).not.toHaveBeenCalled();
  });

  it('keeps the snapshot the same object between changes', async () => {
    await open();
    expect(socket.snapshot()).toBe(socket.snapshot());
  });
});
