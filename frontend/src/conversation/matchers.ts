import { JsonPath } from './json-path';
import type { Matcher } from './matcher';
import { Pattern } from './pattern';

/**
 * Returns the matcher of a JSON path, which begins with "$.", "$[" or "$..", or of a regular expression, "/source/flags".
 * It throws an Error with a sentence for the user if the query is malformed.
 */
export function specialMatcher(query: string): Matcher {
  const [, source, flags] = /^\/(.*)\/([a-z]*)$/s.exec(query) ?? [];
  if (source === undefined) {
    return pathMatcher(new JsonPath(query));
  }
  const unknown = flags?.replaceAll(/[gims]/g, '').charAt(0);
  if (unknown) {
    throw new Error(`A filter cannot use the flag ${unknown} of a regular expression. Use i, m or s.`);
  }
  const pattern = new Pattern(source, flags);
  return { matches: (text) => pattern.test(text), marks: (text) => pattern.matches(text) };
}

function pathMatcher(path: JsonPath): Matcher {
  const matches = (text: string) => {
    try {
      return path.test(JSON.parse(text));
    } catch {
      return false; // not JSON
    }
  };
  return { matches, marks: () => [], pointers: (value) => path.pointers(value) };
}
