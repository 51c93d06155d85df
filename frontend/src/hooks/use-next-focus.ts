import { type FocusEvent, type RefObject, useEffect, useRef } from 'react';

/** The props of an element that may be removed while it has the focus. */
type Leaving = {
  readonly onFocus: () => void;
  readonly onBlur: (event: FocusEvent) => void;
};

/**
 * Moves the focus to the element `next` when the element with the focus is removed. Otherwise the browser would move it to
 * the start of the page. `shown`: whether the element that may be removed is on the page. It returns that element's props.
 */
export function useNextFocus(shown: boolean, next: RefObject<HTMLElement | null>): Leaving {
  const focused = useRef(false);
  useEffect(() => {
    if (!shown && focused.current) {
      focused.current = false;
      if (document.activeElement === null || document.activeElement === document.body) {
        next.current?.focus();
      }
    }
  }, [shown, next]);
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
