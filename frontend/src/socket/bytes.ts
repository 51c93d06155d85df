/** API Gateway's largest frame and largest message, in bytes (api-gateway.md 6). */
export const frameLimit = 32 * 1024;
export const messageLimit = 128 * 1024;

/** Returns the size of a text in bytes as UTF-8, the encoding of a text message. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit >= 0x80) {
      bytes += 1;
    }
    // A surrogate pair has four bytes: two for each half. Half a pair is sent as U+FFFD, three.
    if (unit >= 0x800 && !isHalfOfPair(text, at)) {
      bytes += 1;
    }
  }
  return bytes;
}

function isHalfOfPair(text: string, at: number): boolean {
  const unit = text.charCodeAt(at);
  if (unit >= 0xd800 && unit < 0xdc00) {
    const next = text.charCodeAt(at + 1);
    return next >= 0xdc00 && next < 0xe000;
  }
  const before = text.charCodeAt(at - 1);
  return unit >= 0xdc00 && unit < 0xe000 && before >= 0xd800 && before < 0xdc00;
}
