import { useEffect, useState } from 'react';
import { type ErrorCodeText, findErrorCode } from './catalogue';

/** Returns the entry of an error code; undefined until the catalogue is loaded, and for an unknown code. */
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
