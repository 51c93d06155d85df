import type { Ending } from '../socket/state';
import { formatLeft } from './format';

/** What is known of the session of an open connection. Times are Unix milliseconds. */
export type SessionFacts = {
  /** When the credential expires, if that is known. */
  readonly expires: number | undefined;
  /** When it will be renewed. */
  readonly renewal: number;
  /** Whether the page can get a newer credential without the user. */
  readonly renewable: boolean;
  /** How the last renewal failed, if it did. */
  readonly failure: Ending | undefined;
};

/** The session in one line. */
export type SessionWords = {
  readonly tone: 'quiet' | 'wait' | 'bad';
  readonly text: string;
  /** The problem in a few words, if only a new sign-in helps. */
  readonly lost?: string;
};

/** A session that ends in less than this time needs attention, in milliseconds. */
const soon = 2 * 60_000;

/** Returns the session in one line: when it is renewed, when it ends, or that it is over. */
export function wordsOf({ expires, renewal, renewable, failure }: SessionFacts, now: number): SessionWords {
  const left = expires === undefined ? Number.POSITIVE_INFINITY : expires - now;
  const tone = left < soon ? 'wait' : 'quiet';
  const end = left === Number.POSITIVE_INFINITY ? '' : `, ends in ${formatRough(left)}`;
  if (left <= 0) {
    return { tone: 'bad', text: 'Session is over', lost: 'session is over' };
  }
  if (failure && (!renewable || isFinal(failure))) {
    return { tone: 'bad', text: `Session cannot be renewed${end}`, lost: 'session cannot be renewed' };
  }
  if (failure) {
    return { tone: 'wait', text: `Session was not renewed, will try again${end}` };
  }
  if (!renewable && expires !== undefined) {
    return { tone, text: `Session ends in ${formatRough(left)}` };
  }
  return { tone, text: `Session renews ${renewal <= now ? 'now' : `in ${formatRough(renewal - now)}`}` };
}

function isFinal(ending: Ending): boolean {
  return ending.kind === 'failed' && ending.final;
}

/** Returns a remaining time, from two minutes on without seconds: "1 h 50 min", "58 min", "1 min 20 s". */
function formatRough(milliseconds: number): string {
  return milliseconds < soon ? formatLeft(milliseconds) : formatLeft(milliseconds).replace(/ min \d+ s$/, ' min');
}
