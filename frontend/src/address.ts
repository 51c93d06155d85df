/** Returns the problem of an address of a WebSocket, if there is one. */
export function socketProblem(text: string): string | undefined {
  return addressProblem(text, 'wss:', 'ws:');
}

/** Returns the problem of an address for https:// requests, if there is one. */
export function httpProblem(text: string): string | undefined {
  return addressProblem(text, 'https:', 'http:');
}

/** Returns the problem of an address, if there is one. Tokens are sent to it, so it may be unencrypted only on this machine. */
function addressProblem(text: string, secure: string, local: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol === secure || (url?.protocol === local && isLoopback(url.hostname))) {
    return undefined;
  }
  return `must be an address with ${secure}// (${local}// only for this machine)`;
}

/** Returns whether a host name is this machine. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d+){3}$/.test(host);
}

/** Returns a value as JSON, at most 120 characters of it. */
export function quote(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 120 ? `${text.slice(0, 120)}…` : text;
}

/** Returns whether a value of JSON is an object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
