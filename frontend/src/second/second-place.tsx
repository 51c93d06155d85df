import { Loading, lazyPart } from '../components/lazy-part';
import type { Config } from '../config';
import type { Reply } from '../conversation/reply';

const SecondConnection = lazyPart(async () => (await import('./second-connection')).SecondConnection, Loading);

/** The view of the second connection. */
export type SecondView = {
  readonly opened: boolean;
  /** Whether it stands beside the first one instead of in a tab. */
  readonly beside: boolean;
  readonly open: () => void;
  readonly close: () => void;
};

type SecondPlaceProps = {
  readonly config: Config;
  readonly replies: readonly Reply[];
  readonly view: SecondView;
  /** Whether its tab is selected. */
  readonly selected: boolean;
};

/**
 * The place of the second connection, which is loaded when it is opened. It is one element in both places. It stays
 * connected while another tab is selected.
 */
export function SecondPlace({ config, replies, view: { opened, beside, close }, selected }: SecondPlaceProps) {
  if (!opened) {
    return null;
  }
  const place = beside
    ? ({ className: 'second-beside', role: 'complementary', 'aria-label': 'Second connection' } as const)
    : ({ className: 'second-tab', role: 'tabpanel', id: 'panel-Second', 'aria-labelledby': 'tab-Second' } as const);
  return (
    <div {...place} hidden={!beside && !selected}>
      <SecondConnection config={config} replies={replies} onClose={close} />
    </div>
  );
}
