import { assert, expect, it, vi } from 'vitest';
import { MockSignals } from '../testing/mock-signals';
import { type MockWebSocket, mockWebSocket } from '../testing/mock-web-socket';
import { CannotConnect, type ConnectParams, type Refresh } from './options';
import { Socket } from './socket';
import type { Outcome, SocketEvent } from './state';

/** Random numbers that are the same for the same seed (mulberry32). */
function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const codes = [1000, 1001, 1005, 1006, 1006, 1006, 1008, 1009, 1011, 4401];
/** Codes of closing messages. After the first a client may connect again; the last two end all connections of the user. */
const closings = ['token_expired', 'too_many_connections', 'signed_out', 'disconnected'];
const limits = { firstTries: 4, laterTries: 6, queuedMessages: 5, queuedCharacters: 100 };

/** A server, a network and a page that fail at random. */
class Simulation {
  readonly random: () => number;
  readonly made: MockWebSocket[] = mockWebSocket();
  readonly signals = new MockSignals();
  readonly socket: Socket;
  readonly events: SocketEvent[] = [];
  /** The outcomes of each message, by id. "queued" is not an outcome. */
  readonly outcomes = new Map<number, Outcome[]>();
  readonly texts = new Map<number, string>();
  readonly pushed: string[] = [];
  #refreshes = 0;
  /** Whether the server has signed the user out. Then the socket must stay closed until `connect` is called. */
  signedOut = false;

  constructor(seed: number) {
    this.random = seededRandom(seed);
    this.socket = new Socket({
      url: 'wss://api.example',
      connectParams: () => this.#connectParams(),
      refresh: () => this.#refresh(),
      signals: this.signals,
      random: this.random,
      limits,
      timing: { renewal: 12_000, renewalSpread: 6000, heartbeat: 8000, longestDelay: 5000 },
    });
    this.socket.listen((event) => {
      this.events.push(event);
      if (event.kind === 'settled') {
        this.outcomes.get(event.id)?.push(event.outcome);
      }
    });
  }

  live(): MockWebSocket[] {
    return this.made.filter(({ closeCode, readyState }) => closeCode === undefined && readyState !== 3);
  }

  async step(): Promise<void> {
    const actions = [
      () => this.#connect(),
      () => this.#send(),
      () => this.#send(),
      () => this.#push(),
      () => this.#push(),
      () => this.random() < 0.15 && this.#endOne(),
      () => this.random() < 0.1 && this.#sendClosing(this.#pick(closings)),
      () => this.random() < 0.05 && this.socket.disconnect(),
      () => this.signals.give(this.#pick(['online', 'online', 'offline', 'visible'])),
      () => vi.advanceTimersByTimeAsync(this.random() * this.#pick([10, 1000, 3000, 12_000])),
    ];
    await this.#pick(actions)();
    if (this.random() < 0.7) {
      this.#accept();
      this.#answer();
    }
    await vi.advanceTimersByTimeAsync(0);
  }

  #pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.random() * list.length)] as T;
  }

  #connectParams(): Promise<ConnectParams> {
    const late = this.random() < 0.3 ? this.random() * 30_000 : 0;
    const fails = this.random();
    return new Promise((resolve, reject) => {
      setTimeout(() => {
        if (fails < 0.03) {
          reject(new CannotConnect('nothing'));
        } else if (fails < 0.1) {
          reject(new Error('out of reach'));
        } else {
          resolve({ protocols: [], ...(fails < 0.6 && { expires: Date.now() + this.random() * 90_000 }) });
        }
      }, late);
    });
  }

  /** Supplies a refresh: sometimes late, missing, or not newer. */
  #refresh(): Promise<Refresh | undefined> {
    const late = this.random() < 0.3 ? this.random() * 30_000 : 0;
    const fails = this.random();
    this.#refreshes += 1;
    const text = `refresh with the secret ${this.#refreshes}`;
    return new Promise((resolve, reject) => {
      setTimeout(() => {
        if (fails < 0.1) {
          reject(new Error('out of reach'));
        } else {
          const expires = Date.now() + this.random() * 90_000;
          resolve(fails < 0.2 ? undefined : { text, shown: 'refresh', expires });
        }
      }, late);
    });
  }

  #connect(): void {
    this.signedOut = false;
    this.socket.connect();
  }

  /** The server sends a closing message on one open connection, or on all, and ends it. */
  #sendClosing(code: string): void {
    const open = this.live().filter(({ readyState }) => readyState === WebSocket.OPEN);
    const all = code === 'signed_out';
    for (const server of all ? open : open.slice(0, 1)) {
      server.deliver(JSON.stringify({ type: 'closing', data: { code, message: 'Because.' } }));
      server.end(1000);
    }
    this.signedOut ||= all && open.length > 0 && this.live().length === 0;
  }

  #send(): void {
    const text = `message ${this.texts.size}`;
    const { id, outcome } = this.socket.send(text);
    this.texts.set(id, text);
    this.outcomes.set(id, outcome === 'queued' ? [] : [outcome]);
  }

  #accept(): void {
    this.live()
      .find(({ readyState }) => readyState === WebSocket.CONNECTING)
      ?.accept();
  }

  #answer(): void {
    for (const server of this.live()) {
      if (server.readyState === WebSocket.OPEN && this.random() < 0.8) {
        server.deliver('{"type":"pong"}');
      }
      if (server.readyState === WebSocket.OPEN && server.sent.at(-1)?.startsWith('refresh') && this.random() < 0.5) {
        server.deliver(this.#refreshAnswer());
      }
    }
  }

  #refreshAnswer(): string {
    const expires = (Date.now() + this.random() * 90_000) / 1000;
    return this.random() < 0.8
      ? JSON.stringify({ type: 'refreshed', data: { expires } })
      : '{"type":"error","data":{"code":"token_invalid","message":"No."}}';
  }

  /** A push to every open connection, in any order. */
  #push(): void {
    const text = `push ${this.pushed.length}`;
    const open = this.live().filter(({ readyState }) => readyState === WebSocket.OPEN);
    if (open.length > 0) {
      this.pushed.push(text);
    }
    for (const server of this.random() < 0.5 ? open : open.reverse()) {
      server.deliver(text);
    }
  }

  #endOne(): void {
    const live = this.live();
    if (live.length > 0) {
      this.#pick(live).end(this.#pick(codes));
    }
  }
}

/** Checks what must be true after every step. It uses assert, because expect would take most of the time. */
function check(simulation: Simulation): void {
  const { state, queued } = simulation.socket.snapshot();
  const live = simulation.live();
  assert(live.length <= 2, `${live.length} live connections`);
  assert(queued <= limits.queuedMessages, `${queued} queued messages`);
  const undecided = [...simulation.outcomes.values()].filter((outcomes) => outcomes.length === 0).length;
  assert(undecided === queued, `${undecided} messages have no outcome, ${queued} are queued`);
  if (state === 'open') {
    const open = live.some(({ readyState }) => readyState === WebSocket.OPEN);
    assert(open && queued === 0, `open without a connection, or with ${queued} queued messages`);
  }
  if (state === 'idle' || state === 'closed') {
    expect([live.length, simulation.signals.watched, queued]).toEqual([0, 0, 0]);
  }
  assert(state !== 'waiting' || live.length === 0, `waiting with ${live.length} live connections`);
  assert(!simulation.signedOut || state === 'closed', `${state} after the user signed out everywhere`);
}

function checkAll(simulation: Simulation): void {
  for (const outcomes of simulation.outcomes.values()) {
    expect(outcomes).toHaveLength(1);
  }
  const wire = simulation.made.flatMap(({ sent }) => sent).filter((text) => text.startsWith('message'));
  const sent = [...simulation.texts]
    .filter(([id]) => simulation.outcomes.get(id)?.[0] === 'sent')
    .map(([, text]) => text);
  expect(wire.sort(), 'each message with the outcome sent was sent once').toEqual(sent.sort());
  const got = simulation.events.flatMap((event) => (event.kind === 'received' ? [event.data] : []));
  expect(
    got.filter((text) => String(text).startsWith('push')),
    'each push was reported once',
  ).toEqual(simulation.pushed);
  expect(JSON.stringify(simulation.events), 'the events of a refresh').not.toContain('secret');
}

/** The kinds of events in all runs. Each must occur, or the test proves nothing. */
const seen = new Set<string>();

it.each([1, 2, 3, 4, 5, 6, 7, 8])('is correct after each of 3000 random steps, seed %i', async (seed) => {
  vi.useFakeTimers({ now: 1_000_000 });
  const simulation = new Simulation(seed);
  for (let step = 0; step < 3000; step++) {
    await simulation.step();
    check(simulation);
  }
  simulation.socket.disconnect();
  await vi.advanceTimersByTimeAsync(200_000); // for the suppliers that have not answered
  check(simulation);
  checkAll(simulation);
  expect(vi.getTimerCount(), 'timers').toBe(0);
  for (const event of simulation.events) {
    seen.add(event.kind === 'opened' && event.renewed ? 'renewed' : event.kind);
    if (event.kind === 'ended' && event.ending.kind === 'closed' && event.ending.closing) {
      seen.add(`ended by ${event.ending.closing.code}`);
    }
  }
  vi.useRealTimers();
});

it('has seen every kind of event', () => {
  const kinds = ['opened', 'renewed', 'received', 'settled', 'pinged', 'ponged', 'ended', 'notRenewed'];
  kinds.push('refreshing', 'refreshed', ...closings.map((code) => `ended by ${code}`));
  expect([...seen].sort()).toEqual(kinds.sort());
});
