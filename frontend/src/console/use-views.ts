import { useState } from 'react';
import { useMedia, wideScreen } from '../hooks/use-media';
import { useLinkedEvent } from '../inspector/event-link';

/** A view of the page, which has a tab. */
export type View = 'Messages' | 'Channels' | 'Figures' | 'Terminal' | 'Inspector';

type Views = {
  readonly tabs: readonly View[];
  readonly selected: View;
  readonly select: (view: View) => void;
  /** Whether the figures, the terminal and the inspector stand beside the messages instead of in tabs. */
  readonly wide: boolean;
};

/** The tabs of the page. A narrow page has more of them. */
export function useViews(local: boolean): Views {
  const wide = useMedia(wideScreen);
  const linked = useLinkedEvent();
  const [view, select] = useState<View>('Messages');
  const tabs: View[] = ['Messages', 'Channels'];
  if (!wide) {
    tabs.push('Figures', 'Terminal', ...(local ? (['Inspector'] as const) : []));
  }
  if (tabs.includes('Inspector') && linked !== undefined && view !== 'Inspector') {
    select('Inspector');
  }
  return { tabs, selected: tabs.includes(view) ? view : 'Messages', select, wide };
}
