/** Returns one step of a JSON pointer (RFC 6901): "/name". */
export function pointerStep(name: string): string {
  return `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
