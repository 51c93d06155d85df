/** Those who want to be told. One that throws does not keep the others from it. */
export class Subscribers<T> {
  readonly #all = new Set<(value: T) => void>();

  /** Tells `one` until the returned function is called. */
  add(one: (value: T) => void): () => void {
    this.#all.add(one);
    return () => {
      this.#all.delete(one);
    };
  }

  tell(value: T): void {
    for (const one of [...this.#all]) {
      try {
        one(value);
      } catch (error) {
        reportError(error);
      }
    }
  }
}
