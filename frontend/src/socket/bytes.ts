/** API Gateway's largest frame and largest message, in bytes (api-gateway.md 6). */
export const frameLimit = 32 * 1024;
export const messageLimit = 128 * 1024;

const encoder = new TextEncoder();

/** Returns the size of a text in bytes as UTF-8, the encoding of a text message. */
export function utf8Length(text: string): number {
  return encoder.encode(text).length;
}
