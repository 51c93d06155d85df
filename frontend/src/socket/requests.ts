import type { Message } from './message';
import { Timer } from './timer';

/** The error of a request without a reply: it did not come in time, or the connection ended before. */
export class NoReply extends Error {
  override name = 'NoReply';
}

type Request = {
  readonly isReply: (message: Message) => boolean;
  readonly resolve: (message: Message) => void;
  readonly reject: (error: NoReply) => void;
  readonly deadline: Timer;
};

/** The requests of one connection that wait for their replies. */
export class Requests {
  readonly #open = new Set<Request>();

  /** Resolves with the first message for which `isReply` returns true. A message answers the oldest matching request only. */
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

  /** Rejects all requests, because the connection ended. */
  end(): void {
    for (const { deadline, reject } of this.#open) {
      deadline.stop();
      reject(new NoReply('the connection ended before the reply'));
    }
    this.#open.clear();
  }
}
