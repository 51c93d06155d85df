/** A text message that API Gateway sends by itself when it could not get an answer (specification 5.3). */
export type GatewayError = {
  readonly message: string;
  readonly connectionId: string;
  /** Absent from "Bad request body", which carries the message's id instead. */
  readonly requestId?: string;
};

/** What a message from the server is. */
export type Message =
  /** {"type": T, "data": any}: what our backend sends; without "data" it is undefined. */
  | { readonly kind: 'typed'; readonly type: string; readonly data: unknown }
  | { readonly kind: 'error'; readonly error: GatewayError }
  /** Any other JSON. */
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'text'; readonly text: string }
  /** API Gateway sends none, other servers may. `size` is in bytes. */
  | { readonly kind: 'binary'; readonly size: number };

/** Tells what a received message is. Never throws: what is nothing else is text. */
export function parseMessage(data: string | ArrayBuffer): Message {
  if (typeof data !== 'string') {
    return { kind: 'binary', size: data.byteLength };
  }
  let value: unknown;
  try {
    value = JSON.parse(data);
  } catch {
    return { kind: 'text', text: data };
  }
  if (!isObject(value)) {
    return { kind: 'json', value };
  }
  if (typeof value.type === 'string' && value.type !== '') {
    return { kind: 'typed', type: value.type, data: value.data };
  }
  const error = gatewayError(value);
  return error ? { kind: 'error', error } : { kind: 'json', value };
}

/** The route that a message asks for by {"action": "route"}, or undefined. */
export function actionOf(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) && typeof value.action === 'string' ? value.action : undefined;
  } catch {
    return undefined;
  }
}

/** A refusal, or the reason of an end, as our backend tells it: a code of its catalogue, and a sentence for people. */
export type ErrorData = { readonly code: string; readonly message: string };

/**
 * What an "error" message says, after which the connection stays, or a "closing" one, after which the server ends it;
 * undefined if it is another message or malformed.
 */
export function errorDataOf(message: Message, type: 'error' | 'closing'): ErrorData | undefined {
  if (message.kind !== 'typed' || message.type !== type || !isObject(message.data)) {
    return undefined;
  }
  const { code, message: text } = message.data;
  return typeof code === 'string' && typeof text === 'string' ? { code, message: text } : undefined;
}

/** Until when a "refreshed" message extends its connection, Unix time in milliseconds; undefined if it is none. */
export function refreshedUntil(message: Message): number | undefined {
  if (message.kind !== 'typed' || message.type !== 'refreshed' || !isObject(message.data)) {
    return undefined;
  }
  const { expires } = message.data;
  return typeof expires === 'number' ? expires * 1000 : undefined;
}

function gatewayError(value: Record<string, unknown>): GatewayError | undefined {
  const { type, message, connectionId, requestId, messageId } = value;
  if (type !== undefined || typeof message !== 'string' || typeof connectionId !== 'string') {
    return undefined;
  }
  if (typeof requestId === 'string') {
    return { message, connectionId, requestId };
  }
  return typeof messageId === 'string' ? { message, connectionId } : undefined;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
