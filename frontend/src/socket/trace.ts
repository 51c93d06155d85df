/**
 * Returns a new trace id: 32 lower-case hexadecimal digits, as in W3C Trace Context. It is random, so it says nothing about
 * the user.
 */
export function newTrace(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Returns the header traceparent for a request with a trace id. Its second id identifies the request, and is not used. */
export function traceparent(trace: string): string {
  return `00-${trace}-${trace.slice(16)}-00`;
}
