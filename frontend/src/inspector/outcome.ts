import type { LambdaEvent } from './inspector-api';

/** The outcome of an event in a few words, and whether it is a problem. */
export type Outcome = { readonly text: string; readonly bad: boolean };

/** Returns the outcome of an event. It reads the function's answer as API Gateway does. */
export function outcomeOf({ kind, answer, error }: LambdaEvent): Outcome {
  if (error !== undefined) {
    return { text: error, bad: true };
  }
  const fields = fieldsOf(answer?.json);
  if (kind === 'authorizer') {
    const effect = effectOf(fields);
    return { text: effect ?? 'no policy', bad: effect !== 'Allow' };
  }
  if (kind === 'push' && typeof fields.sent === 'number') {
    const { sent, gone, failed } = fields;
    return { text: `sent ${sent}, gone ${gone}, failed ${failed}${queuedOf(fields)}`, bad: gone !== 0 || failed !== 0 };
  }
  if (kind === 'push' && typeof fields.channel === 'string') {
    const { offset, queued } = fields;
    return { text: queued ? 'queued' : typeof offset === 'number' ? `offset ${offset}` : 'published', bad: false };
  }
  if ((kind === 'disconnect' || kind === 'schedule') && typeof fields.disconnected === 'number') {
    const { disconnected, gone, failed } = fields;
    return { text: `ended ${disconnected}, gone ${gone}, failed ${failed}${queuedOf(fields)}`, bad: failed !== 0 };
  }
  if (kind === 'queue' && Array.isArray(fields.batchItemFailures)) {
    const failed = fields.batchItemFailures.length;
    return { text: failed === 0 ? 'all tasks done' : `failed tasks: ${failed}, to be tried again`, bad: failed > 0 };
  }
  if (typeof fields.statusCode === 'number') {
    return { text: `status ${fields.statusCode}`, bad: fields.statusCode >= 300 };
  }
  return { text: 'answered', bad: false };
}

/** Returns the number of connections for which the queue has jobs, "" for none. */
function queuedOf({ queued }: Record<string, unknown>): string {
  return typeof queued === 'number' ? `, queued ${queued}` : '';
}

/** Returns whether the event refused a client that wanted to connect. */
export function isRefusal(event: LambdaEvent): boolean {
  return ['authorizer', '$connect', 'POST /tickets'].includes(event.kind) && outcomeOf(event).bad;
}

function effectOf(answer: Record<string, unknown>): string | undefined {
  const statements = fieldsOf(answer.policyDocument).Statement;
  const effects = (Array.isArray(statements) ? statements : [statements]).map((one) => fieldsOf(one).Effect);
  return ['Deny', 'Allow'].find((effect) => effects.includes(effect));
}

function fieldsOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}
