import { fetchState, type LambdaEvent } from './inspector-api';
import { isRefusal } from './outcome';

/** A refused attempt to connect, as the local run recorded it. */
export type Refusal = {
  /** The id of the event: eventHash makes a link of it. */
  readonly event: number;
  /** The code of lambda/errcode that the log of the event has; undefined if the log has none. */
  readonly code: string | undefined;
};

/**
 * Returns the newest refusal that began at `since` (Unix milliseconds) or later; undefined if there is none. It is for a
 * local run only. It waits for the event up to a second, because the answer to the page may come first. It rejects if the
 * local run does not answer.
 */
export async function findRefusal(since: number, signal: AbortSignal): Promise<Refusal | undefined> {
  let found: LambdaEvent | undefined;
  let after: number | undefined;
  let waited = false;
  while (true) {
    const { events, more } = await fetchState(after, signal);
    found = events.findLast((event) => event.at >= since && isRefusal(event)) ?? found;
    if (!more && (found || waited)) {
      return found && { event: found.id, code: codeOf(found) };
    }
    waited = !more;
    after = events.at(-1)?.id ?? after ?? 0;
  }
}

/** Returns the last error code in the log of an event, or undefined. */
function codeOf({ log = [] }: LambdaEvent): string | undefined {
  for (const line of log.toReversed()) {
    try {
      const { code } = JSON.parse(line);
      if (typeof code === 'string') {
        return code;
      }
    } catch {
      // The line is not JSON: it is one of Lambda's own.
    }
  }
  return undefined;
}
