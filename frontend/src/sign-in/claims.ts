/** The claims of a token, read without verifying anything. */
export type Claims = Readonly<Record<string, unknown>>;

/** Reads the claims of a JWT, or undefined if the text is not a JWT. The claims must not be trusted. */
export function claimsOf(token: string): Claims | undefined {
  const parts = token.split('.');
  if (parts.length !== 3) {
    return undefined;
  }
  try {
    const text = atob((parts[1] ?? '').replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return typeof claims === 'object' && claims !== null && !Array.isArray(claims) ? (claims as Claims) : undefined;
  } catch {
    return undefined;
  }
}

/** Returns a claim that is a time, in Unix seconds, or undefined if it is missing or not a number. */
export function timeOf(claims: Claims | undefined, name: 'exp' | 'iat'): number | undefined {
  const time = claims?.[name];
  return typeof time === 'number' && Number.isFinite(time) ? time : undefined;
}
