import { Subscribers } from './socket/subscribers';

/**
 * A value with subscribers. `subscribe` and `snapshot` have the shapes that React's useSyncExternalStore needs. This file
 * does not depend on React.
 */
export class Store<T> {
  #value: T;
  readonly #subscribers = new Subscribers<void>();

  constructor(value: T) {
    this.#value = value;
  }

  /** Returns the present value: the same object until it changes. */
  readonly snapshot = (): T => this.#value;

  /** Calls listener after each change, until the returned function is called. */
  readonly subscribe = (listener: () => void): (() => void) => this.#subscribers.add(listener);

  /** Changes the value and calls every listener. A listener that throws does not stop the others. */
  protected set(value: T): void {
    this.#value = value;
    this.#subscribers.notify();
  }
}
