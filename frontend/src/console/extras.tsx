import { lazyPart } from '../components/lazy-part';
import { TabPanel } from '../components/tabs';
import type { Identity } from '../conversation/identity';
import type { Traffic } from '../conversation/traffic';
import type { View } from './use-views';

const TrafficPanel = lazyPart(async () => (await import('../components/traffic-panel')).TrafficPanel);
const CommandsPanel = lazyPart(async () => (await import('../components/commands-panel')).CommandsPanel);

type ExtrasProps = {
  readonly url: string;
  readonly traffic: Traffic;
  readonly identity: Identity | undefined;
  /** The file with the stack outputs of a local run, if it is not the default one. */
  readonly outputs: string | undefined;
  /** Whether a local run serves the page. */
  readonly local: boolean | undefined;
  /** Whether the user has connected. The figures appear with the user's click, so that nothing moves when it opens. */
  readonly used: boolean;
};

/** The figures and the commands beside the messages, for a wide page. */
export function ExtrasBeside({ url, traffic, identity, outputs, local, used }: ExtrasProps) {
  return (
    used && (
      // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard
      <section className="extras" aria-label="Figures and commands" tabIndex={0}>
        <TrafficPanel traffic={traffic} />
        <CommandsPanel url={url} identity={identity} outputs={outputs} local={local} />
      </section>
    )
  );
}

/** The figures and the commands in tabs of their own, for a narrow page. */
export function ExtrasTabs({
  selected,
  url,
  traffic,
  identity,
  outputs,
  local,
  used,
}: ExtrasProps & { selected: View }) {
  return (
    <>
      <TabPanel name="Figures" shown={selected === 'Figures'} className="extras">
        {used ? <TrafficPanel traffic={traffic} /> : <p className="report">Connect to see figures.</p>}
      </TabPanel>
      <TabPanel name="Terminal" shown={selected === 'Terminal'} className="extras">
        <CommandsPanel url={url} identity={identity} outputs={outputs} local={local} />
      </TabPanel>
    </>
  );
}
