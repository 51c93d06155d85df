/**
 * A value that others follow. `subscribe` and `snapshot` are what React's
 * useSyncExternalStore asks for; nothing here knows React.
 */
export class Store<T> {
  #value: T;
  readonly #listeners = new Set<() => void>();

  constructor(value: T) {
    this.#value = value;
  }

  /** The present value: the same object until it changes. */
  readonly snapshot = (): T => this.#value;

  /** Calls listener after each change, until the returned function is called. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  };

  /** Changes the value and tells every listener. */
  protected set(value: T): void {
    this.#value = value;
    for (const listener of [...this.#listeners]) {
      listener();
    }
  }
}
