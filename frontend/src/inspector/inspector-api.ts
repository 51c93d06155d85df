/** A document of the local run's log, without tokens: its JSON, or the beginning of its text if it is long or not JSON. */
export type LoggedDocument = {
  readonly json?: unknown;
  readonly text?: string;
  /** In bytes, of the whole. */
  readonly size: number;
};

/** A failure that lasts until it is cancelled. */
export type Outage = 'queue-down' | 'table-down' | 'gateway-down';

/** A failure that is injected: once, into the next event that fits, or an outage. */
export type Failure = 'refuse' | 'expire' | 'gone' | 'slow' | 'lose' | 'delay' | 'kill-worker' | Outage;

/** An action of the local run. */
export type Action = Failure | 'idle' | 'duration' | 'kill' | 'disarm';

/** An event that went to the function. Times are milliseconds. */
export type LambdaEvent = {
  readonly id: number;
  /** "authorizer", "push", "disconnect", "schedule", "queue", a route key of either API, or "other". */
  readonly kind: string;
  readonly connectionId?: string;
  readonly requestId?: string;
  /** When it began, Unix. */
  readonly at: number;
  readonly took: number;
  /** The duration of the cold start; undefined if the process was warm. */
  readonly init?: number;
  readonly event: LoggedDocument;
  readonly answer?: LoggedDocument;
  readonly error?: string;
  readonly log?: readonly string[];
  /** The inspector answered in place of the function. */
  readonly failure?: Failure;
};

/** An open connection. Times are Unix milliseconds. */
export type OpenConnection = {
  readonly id: string;
  readonly user?: string;
  readonly connectedAt: number;
  readonly lastActiveAt: number;
  /** The address from which the client connected. */
  readonly sourceIp: string;
  readonly userAgent?: string;
  readonly received: number;
  readonly sent: number;
};

/** The failures that will be injected, each with the id of its connection, or "" for any. */
export type Armed = Readonly<Partial<Record<Failure, string>>>;

/** The state of the local run. */
export type State = {
  /** The id of the run. If it changes, the events so far are of a run that has ended. */
  readonly run: number;
  /** The events after the requested one, in performAction. */
  readonly events: readonly LambdaEvent[];
  /** Whether there are more already. */
  readonly more: boolean;
  readonly connections: readonly OpenConnection[];
  readonly armed: Armed;
};

/** Returns the state with the events after the given one; undefined: all events. It waits up to a second for an event. */
export async function fetchState(after: number | undefined, signal: AbortSignal): Promise<State> {
  const response = await fetch(`/inspector/state${after === undefined ? '' : `?after=${after}`}`, { signal });
  if (!response.ok) {
    throw new Error(await problemOf(response));
  }
  return response.json();
}

/** Makes the local run perform an action. It rejects with a sentence for people if that fails. */
export async function performAction(action: Action, connectionId?: string): Promise<void> {
  const response = await fetch(`/inspector/actions/${action}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ connectionId }),
  });
  if (!response.ok) {
    throw new Error(await problemOf(response));
  }
}

/** The numbers of open connections and of their users over time. */
export type Counts = {
  /** The oldest first, at most those of ten minutes. */
  readonly counts: readonly { readonly at: number; readonly connections: number; readonly users: number }[];
};

/** Returns the numbers of connections and users of the last ten minutes. */
export async function fetchCounts(signal: AbortSignal): Promise<Counts> {
  const response = await fetch('/inspector/counts', { signal });
  if (!response.ok) {
    throw new Error(await problemOf(response));
  }
  return response.json();
}

/**
 * Calls the function with a command of a backend: a push or a disconnect event, as JSON. It returns the answer of the function,
 * and rejects with a sentence for people if the function refuses the command.
 */
export async function sendCommand(command: string): Promise<LoggedDocument> {
  const response = await fetch('/inspector/commands', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: command,
  });
  if (!response.ok) {
    throw new Error(await problemOf(response));
  }
  return (await response.json()).answer;
}

/** A queue. Times are Unix milliseconds. */
export type Queue = {
  readonly name: string;
  /** The queue whose dead letters this queue receives; undefined: it receives none. */
  readonly deadLettersOf?: string;
  /** How often a message is given out before it is a dead letter. */
  readonly maxReceives?: number;
  readonly waiting: number;
  /** The number of hidden messages: a worker has them, or their next attempt comes later. */
  readonly inFlight: number;
  /** The oldest first. */
  readonly groups: readonly QueueGroup[];
  /** The number of groups that are not listed. */
  readonly moreGroups: number;
};

/** The messages of a queue that are processed in their order. */
export type QueueGroup = {
  readonly group: string;
  readonly waiting: number;
  readonly inFlight: number;
  /** The oldest ones. */
  readonly messages: readonly QueueMessage[];
};

export type QueueMessage = {
  readonly id: string;
  /** How often the message was given out. */
  readonly receives: number;
  readonly sentAt: number;
  /** The time of the next attempt; undefined: the message can be given out now. */
  readonly visibleAt?: number;
  readonly body: LoggedDocument;
};

/** Returns the queues. */
export async function fetchQueues(signal: AbortSignal): Promise<readonly Queue[]> {
  const response = await fetch('/inspector/queues', { signal });
  if (!response.ok) {
    throw new Error(await problemOf(response));
  }
  const answer: { queues: readonly Queue[] } = await response.json();
  return answer.queues;
}

async function problemOf(response: Response): Promise<string> {
  const body: unknown = await response.json().catch(() => undefined);
  return typeof body === 'object' && body !== null && 'message' in body
    ? String(body.message)
    : `The local run answered ${response.status}.`;
}
