import { useState } from 'react';
import { useMedia, wideScreen } from '../hooks/use-media';
import { useLinkedEvent } from '../inspector/event-link';
import type { SecondView } from '../second/second-place';

/** A view of the page, which has a tab. */
export type View = 'Messages' | 'Channels' | 'Figures' | 'Terminal' | 'Inspector' | 'Second';

type Views = {
  readonly tabs: readonly View[];
  readonly selected: View;
  readonly select: (view: View) => void;
  /** Whether the figures, the terminal and the inspector stand beside the messages instead of in tabs. */
  readonly wide: boolean;
  readonly second: SecondView;
};

/** A page on which two connections stand side by side. */
const twoConnections = '(min-width: 75rem)';

/** The tabs of the page. A narrow page has more of them. */
export function useViews(local: boolean): Views {
  const wide = useMedia(wideScreen);
  const linked = useLinkedEvent();
  const [view, select] = useState<View>('Messages');
  const tabs: View[] = ['Messages', 'Channels'];
  if (!wide) {
    tabs.push('Figures', 'Terminal', ...(local ? (['Inspector'] as const) : []));
  }
  const second = useSecond(select);
  if (second.opened && !second.beside) {
    tabs.push('Second');
  }
  if (tabs.includes('Inspector') && linked !== undefined && view !== 'Inspector') {
    select('Inspector');
  }
  return { tabs, selected: tabs.includes(view) ? view : 'Messages', select, wide, second };
}

function useSecond(select: (view: View) => void): SecondView {
  const [opened, setOpened] = useState(false);
  const beside = useMedia(twoConnections);
  const open = () => {
    setOpened(true);
    if (!beside) {
      select('Second');
    }
  };
  return { opened, beside, open, close: () => setOpened(false) };
}
