import { useEffect, useState } from 'react';
import { type FaultWords, findFault } from './catalogue';

/** What the catalogue says of a code, once it is loaded; undefined before, and if it does not know the code. */
export function useFault(code: string | undefined): FaultWords | undefined {
  const [found, setFound] = useState<{ readonly code: string; readonly words: FaultWords | undefined }>();
  useEffect(() => {
    let wanted = true;
    if (code !== undefined) {
      void findFault(code).then((words) => wanted && setFound({ code, words }));
    }
    return () => {
      wanted = false;
    };
  }, [code]);
  return found !== undefined && found.code === code ? found.words : undefined;
}
