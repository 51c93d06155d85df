/** The browsers by the names in their User-Agent header. The order matters: the header of Edge also has Chrome, and that of Chrome also has Safari. */
const browsers = [
  ['Firefox/', 'Firefox'],
  ['Edg/', 'Edge'],
  ['Chrome/', 'Chrome'],
  ['Safari/', 'Safari'],
] as const;

/** Returns the client in a User-Agent header in a word: "Chrome 140", or the first word; "" without a header. */
export function clientOf(userAgent = ''): string {
  for (const [mark, name] of browsers) {
    const at = userAgent.indexOf(mark);
    if (at >= 0) {
      const version = /^\d{1,4}/.exec(userAgent.slice(at + mark.length))?.[0];
      return version === undefined ? name : `${name} ${version}`;
    }
  }
  return userAgent.split(/\s/, 1)[0]?.slice(0, 40) ?? '';
}
