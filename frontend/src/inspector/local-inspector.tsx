import { lazyPart } from '../components/lazy-part';
import { useStore } from '../hooks/use-store';
import { stored } from '../stored';
import { heightKey, openKey } from './drawer';
import type { OwnConnections } from './own-connections';

const Drawer = lazyPart(async () => (await import('./inspector')).InspectorDrawer, DrawerPlace);
const Tab = lazyPart(async () => (await import('./inspector')).InspectorTab);

type LocalInspectorProps = {
  /** A drawer at the bottom of a wide page, or the content of a tab on a narrow one. */
  readonly place: 'drawer' | 'tab';
  readonly own: OwnConnections;
  readonly url: string;
  /** The file with the stack outputs of the run, if it is not the default one. */
  readonly outputs: string | undefined;
};

/** The inspector of a local run; a deployed page never loads it. */
export function LocalInspector({ place, own, url, outputs }: LocalInspectorProps) {
  const mine = useStore(own);
  const Inspector = place === 'drawer' ? Drawer : Tab;
  return <Inspector mine={mine} url={url} outputs={outputs} />;
}

/** Has the size of the drawer until that is loaded, so that the page does not move then. */
function DrawerPlace() {
  const height = stored(openKey) === 'open' ? `${stored(heightKey) ?? 45}dvh` : undefined;
  return <div className="inspector-place" style={{ height }} />;
}
