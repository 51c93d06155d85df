/** A text message that API Gateway itself sends when an integration gives no answer (api-gateway.md 5.3). */
export type GatewayError = {
  readonly message: string;
  readonly connectionId: string;
  /** "Bad request body" has the message's id instead. */
  readonly requestId?: string;
};

/** A message from the server, by its form. */
export type Message =
  /** {"type": T, "data": any}: a message of the server's own code. Without "data" it is undefined. */
  | { readonly kind: 'typed'; readonly type: string; readonly data: unknown }
  | { readonly kind: 'error'; readonly error: GatewayError }
  /** Any other JSON. */
  | { readonly kind: 'json'; readonly value: unknown }
  | { readonly kind: 'text'; readonly text: string }
  /** API Gateway sends no binary message, other servers may. `size` is in bytes. */
  | { readonly kind: 'binary'; readonly size: number };

/** Parses a received message. It never throws: a message of no other form is text. */
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

/** Returns the route in {"action": "route"}, or undefined. */
export function actionOf(text: string): string | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) && typeof value.action === 'string' ? value.action : undefined;
  } catch {
    return undefined;
  }
}

/** The data of an "error" or a "closing" message: an error code of the server's catalogue, and a sentence for people. */
export type ErrorData = { readonly code: string; readonly message: string };

/**
 * Returns the data of an "error" message, after which the connection stays open, or of a "closing" message, after which
 * the server ends it. It returns undefined if the message has another type or is malformed.
 */
export function errorDataOf(message: Message, type: 'error' | 'closing'): ErrorData | undefined {
  if (message.kind !== 'typed' || message.type !== type || !isObject(message.data)) {
    return undefined;
  }
  const { code, message: text } = message.data;
  return typeof code === 'string' && typeof text === 'string' ? { code, message: text } : undefined;
}

/** Returns the new expiry in a "refreshed" message, Unix time in milliseconds; undefined for other messages. */
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
