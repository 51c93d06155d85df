/** The number of seconds that are kept. */
export const span = 60;

/** The number of round trips that are kept. */
const tripsKept = 60;

/** The figures of one direction: totals, and values for each of the last 60 seconds, oldest first. */
export type Flow = {
  readonly messages: number;
  readonly bytes: number;
  readonly messagesBySecond: readonly number[];
  readonly bytesBySecond: readonly number[];
};

/** The figures at one moment. Round trips are in milliseconds, oldest first. */
export type Figures = {
  readonly sent: Flow;
  readonly received: Flow;
  readonly trips: readonly number[];
  /** The round trips of each route, in the order in which the routes were first used. */
  readonly routes: ReadonlyMap<string, readonly number[]>;
};

class Counter {
  readonly #messages = new Float64Array(span);
  readonly #bytes = new Float64Array(span);
  #second = 0;
  #allMessages = 0;
  #allBytes = 0;

  count(bytes: number, second: number): void {
    this.#advance(second);
    this.#allMessages += 1;
    this.#allBytes += bytes;
    add(this.#messages, second, 1);
    add(this.#bytes, second, bytes);
  }

  flow(second: number): Flow {
    this.#advance(second);
    const order = Array.from({ length: span }, (_, at) => (second + 1 + at) % span);
    return {
      messages: this.#allMessages,
      bytes: this.#allBytes,
      messagesBySecond: order.map((at) => this.#messages[at] ?? 0),
      bytesBySecond: order.map((at) => this.#bytes[at] ?? 0),
    };
  }

  /** Clears the seconds that have passed since the last call. */
  #advance(second: number): void {
    const first = Math.max(this.#second + 1, second - span + 1);
    for (let at = first; at <= second; at++) {
      this.#messages[at % span] = 0;
      this.#bytes[at % span] = 0;
    }
    this.#second = Math.max(this.#second, second);
  }
}

function add(list: Float64Array, second: number, more: number): void {
  list[second % span] = (list[second % span] ?? 0) + more;
}

/** Counts messages and bytes in both directions. All times are Unix time in milliseconds. */
export class Traffic {
  readonly #sent = new Counter();
  readonly #received = new Counter();
  #trips: readonly number[] = [];
  readonly #routes = new Map<string, readonly number[]>();

  sent(bytes: number, now: number): void {
    this.#sent.count(bytes, Math.floor(now / 1000));
  }

  received(bytes: number, now: number): void {
    this.#received.count(bytes, Math.floor(now / 1000));
  }

  /** Adds a round trip of a route. */
  trip(route: string, milliseconds: number): void {
    this.#trips = [...this.#trips, milliseconds].slice(-tripsKept);
    this.#routes.set(route, [...(this.#routes.get(route) ?? []), milliseconds].slice(-tripsKept));
  }

  at(now: number): Figures {
    const second = Math.floor(now / 1000);
    const [sent, received] = [this.#sent.flow(second), this.#received.flow(second)];
    return { sent, received, trips: this.#trips, routes: this.#routes };
  }
}
