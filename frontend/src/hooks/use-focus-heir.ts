import { type FocusEvent, type RefObject, useEffect, useRef } from 'react';

/** The props of an element that may be removed while it has the focus. */
type Leaving = {
  readonly onFocus: () => void;
  readonly onBlur: (event: FocusEvent) => void;
};

/**
 * Moves the focus to another element when an element is removed that has it; otherwise the browser would move it to the
 * start of the page. `shown`: whether the element that may be removed is on the page.
 */
export function useFocusHeir(shown: boolean, heir: RefObject<HTMLElement | null>): Leaving {
  const focused = useRef(false);
  useEffect(() => {
    if (!shown && focused.current) {
      focused.current = false;
      if (document.activeElement === null || document.activeElement === document.body) {
        heir.current?.focus();
      }
    }
  }, [shown, heir]);
  return {
    onFocus: () => {
      focused.current = true;
    },
    onBlur: ({ relatedTarget }) => {
      // Without a next element, the focus may be lost because this one was removed.
      focused.current = relatedTarget === null;
    },
  };
}
