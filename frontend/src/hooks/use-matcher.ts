import { useEffect, useMemo, useState } from 'react';
import { type Matcher, textMatcher } from '../conversation/matcher';

/** The condition of a query, or the reason why the query is malformed. Without either, every text matches. */
export type Condition = { readonly matcher?: Matcher; readonly problem?: string };

/** Returns the condition of a query: a part of the text, a JSON path such as $.data.count > 3, or /a regular expression/. */
export function useMatcher(query: string): Condition {
  const special = /^\/.*\/[a-z]*$|^\$(?:\.|\[|\s*[=!<>])/s.test(query);
  const plain = useMemo(() => (query === '' || special ? {} : { matcher: textMatcher(query) }), [query, special]);
  const [loaded, setLoaded] = useState<Condition>({});
  useEffect(() => {
    let current = special;
    if (special) {
      void specialCondition(query).then((condition) => current && setLoaded(condition));
    }
    return () => {
      current = false;
    };
  }, [query, special]);
  return special ? loaded : plain;
}

async function specialCondition(query: string): Promise<Condition> {
  try {
    const { specialMatcher } = await import('../conversation/matchers');
    return { matcher: specialMatcher(query) };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}
