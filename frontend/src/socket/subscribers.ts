/** A set of listeners. A listener that throws does not stop the others: its error is reported to the browser. */
export class Subscribers<T> {
  readonly #listeners = new Set<(value: T) => void>();

  /** Calls listener with every value, until the returned function is called. */
  add(listener: (value: T) => void): () => void {
    this.#listeners.add(listener);
    return () => {
      this.#listeners.delete(listener);
    };
  }

  /** Calls every listener with the value. */
  notify(value: T): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(value);
      } catch (error) {
        reportError(error);
      }
    }
  }
}
