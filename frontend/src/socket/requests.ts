import type { Message } from './message';
import { Timer } from './timer';

/** Rejects a request that was not answered: in time, or before its connection ended. */
export class NoReply extends Error {
  override name = 'NoReply';
}

type Request = {
  readonly isReply: (message: Message) => boolean;
  readonly resolve: (message: Message) => void;
  readonly reject: (error: NoReply) => void;
  readonly deadline: Timer;
};

/** The requests of one connection that wait for a reply. */
export class Requests {
  readonly #open = new Set<Request>();

  /** Waits for the first message that is the reply; each message answers one request, the oldest it fits. */
  wait(isReply: (message: Message) => boolean, milliseconds: number): Promise<Message> {
    return new Promise((resolve, reject) => {
      const request: Request = { isReply, resolve, reject, deadline: new Timer() };
      this.#open.add(request);
      request.deadline.start(milliseconds, () => {
        this.#open.delete(request);
        reject(new NoReply(`no reply within ${milliseconds} ms`));
      });
    });
  }

  received(message: Message): void {
    for (const request of this.#open) {
      if (request.isReply(message)) {
        request.deadline.stop();
        this.#open.delete(request);
        request.resolve(message);
        return;
      }
    }
  }

  /** The connection ended: nothing more comes. */
  end(): void {
    for (const { deadline, reject } of this.#open) {
      deadline.stop();
      reject(new NoReply('the connection ended before the reply'));
    }
    this.#open.clear();
  }
}
