import { claimsOf, timeOf } from '../sign-in/claims';

/** A credential that the user pasted. It is kept in memory only. */
export type Credential =
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'ticket'; readonly ticket: string };

/**
 * Reads a pasted token or ticket, or undefined if the text is neither. It accepts the text with quotes, as a subprotocol
 * ("bearer.…", "ticket.…") and as a header ("Bearer …").
 */
export function readCredential(text: string): Credential | undefined {
  const clean = text.trim().replaceAll(/^["']|["']$/g, '');
  const token = clean.replace(/^(authorization:\s*)?bearer[\s.]+/i, '');
  if (claimsOf(token) && /^[\w-]+\.[\w-]+\.[\w-]+$/.test(token)) {
    return { kind: 'token', token };
  }
  const ticket = clean.replace(/^ticket\./, '');
  return /^[\w-]{20,200}$/.test(ticket) ? { kind: 'ticket', ticket } : undefined;
}

/** Returns when a token expires, in Unix seconds by the clock of the issuer, or undefined if it does not say so. */
export function expiryOf(token: string): number | undefined {
  return timeOf(claimsOf(token), 'exp');
}
