import { useEffect, useState } from 'react';
import { type ErrorCodeText, findErrorCode } from './catalogue';

/** What the catalogue says of a code, once it is loaded; undefined before, and if it does not know the code. */
export function useErrorCode(code: string | undefined): ErrorCodeText | undefined {
  const [found, setFound] = useState<{ readonly code: string; readonly words: ErrorCodeText | undefined }>();
  useEffect(() => {
    let wanted = true;
    if (code !== undefined) {
      void findErrorCode(code).then((words) => wanted && setFound({ code, words }));
    }
    return () => {
      wanted = false;
    };
  }, [code]);
  return found !== undefined && found.code === code ? found.words : undefined;
}
