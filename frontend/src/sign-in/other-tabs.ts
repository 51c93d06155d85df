/** Informs the other tabs of this browser that a user signed out everywhere. The message has no secret. */
export class OtherTabs {
  readonly #channel: BroadcastChannel | undefined;

  /** `signedOut` is called with the id of a user who signed out everywhere in another tab. */
  constructor(signedOut: (user: string) => void) {
    if (typeof BroadcastChannel === 'undefined') {
      return;
    }
    this.#channel = new BroadcastChannel('signed-out-everywhere');
    this.#channel.onmessage = ({ data }) => {
      if (typeof data === 'string') {
        signedOut(data);
      }
    };
  }

  /** Informs the other tabs that this user signed out everywhere. */
  notify(user: string): void {
    this.#channel?.postMessage(user);
  }
}
