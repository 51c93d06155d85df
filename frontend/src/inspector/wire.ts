/** A JSON document without tokens, or the beginning of its text if it is long or no JSON. */
export type Part = {
  readonly json?: unknown;
  readonly text?: string;
  /** In bytes, of the whole. */
  readonly size: number;
};

/** A failure that happens once, at the next occasion. */
export type Failure = 'refuse' | 'expire' | 'gone' | 'slow';

/** What the local run can be asked to do. */
export type Action = Failure | 'idle' | 'cut' | 'kill' | 'disarm';

/** An event that went to the Lambda. Times are milliseconds. */
export type LambdaEvent = {
  readonly id: number;
  /** "authorizer", "push", "disconnect", "schedule", a route key of either API, or "other". */
  readonly kind: string;
  readonly connectionId?: string;
  readonly requestId?: string;
  /** When it began, Unix. */
  readonly at: number;
  readonly took: number;
  /** How long a cold start took; none if it was warm. */
  readonly init?: number;
  readonly event: Part;
  readonly answer?: Part;
  readonly error?: string;
  readonly log?: readonly string[];
  /** The inspector answered in place of the Lambda. */
  readonly failure?: Failure;
};

/** An open connection. Times are Unix milliseconds. */
export type OpenConnection = {
  readonly id: string;
  readonly user?: string;
  readonly connectedAt: number;
  readonly lastActiveAt: number;
  readonly received: number;
  readonly sent: number;
};

/** The failures to come, with the id of the connection each is for, or "". */
export type Armed = Readonly<Partial<Record<Failure, string>>>;

/** What the local run tells. */
export type State = {
  /** Another one: the events of before are of a run that has ended. */
  readonly run: number;
  /** In order, those after the one asked for. */
  readonly events: readonly LambdaEvent[];
  /** Whether there are more already. */
  readonly more: boolean;
  readonly connections: readonly OpenConnection[];
  readonly armed: Armed;
};

/** Asks for what came after that event; undefined: for all. Waits up to a second for something to come. */
export async function fetchState(after: number | undefined, signal: AbortSignal): Promise<State> {
  const response = await fetch(`/inspector/state${after === undefined ? '' : `?after=${after}`}`, { signal });
  if (!response.ok) {
    throw new Error(await problemOf(response));
  }
  return response.json();
}

/** Has the local run do something. Rejects, with a sentence for people, if it does not. */
export async function order(action: Action, connectionId?: string): Promise<void> {
  const response = await fetch(`/inspector/actions/${action}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ connectionId }),
  });
  if (!response.ok) {
    throw new Error(await problemOf(response));
  }
}

async function problemOf(response: Response): Promise<string> {
  const body: unknown = await response.json().catch(() => undefined);
  return typeof body === 'object' && body !== null && 'message' in body
    ? String(body.message)
    : `The local run answered ${response.status}.`;
}
