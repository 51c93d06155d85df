import { lazy, Suspense } from 'react';
import { useStore } from '../hooks/use-store';
import type { OwnConnections } from './own-connections';

const Drawer = lazy(() =>
  import('./inspector').then(({ InspectorDrawer }) => ({ default: InspectorDrawer }), notLoaded),
);
const Tab = lazy(() => import('./inspector').then(({ InspectorTab }) => ({ default: InspectorTab }), notLoaded));

/** A rebuild has replaced the files of this page. The rest of the page still works. */
const notLoaded = () => ({
  default: () => <p role="alert">The inspector could not be loaded. Load the page again.</p>,
});

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
  return (
    <Suspense>
      <Inspector mine={mine} url={url} outputs={outputs} />
    </Suspense>
  );
}
