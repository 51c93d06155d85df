/** The longest delay that a browser's timers keep: 2^31 - 1 milliseconds, 24.8 days. */
const maxDelay = 2_147_483_647;

/** One delayed call. A new call replaces the previous one. */
export class Timer {
  #handle: ReturnType<typeof setTimeout> | undefined;

  get running(): boolean {
    return this.#handle !== undefined;
  }

  /** Calls `action` once after so many milliseconds, and cancels the previous call. */
  start(milliseconds: number, action: () => void): void {
    this.stop();
    this.#handle = setTimeout(
      () => {
        this.#handle = undefined;
        action();
      },
      Math.min(Math.max(milliseconds, 0), maxDelay),
    );
  }

  stop(): void {
    clearTimeout(this.#handle);
    this.#handle = undefined;
  }
}
