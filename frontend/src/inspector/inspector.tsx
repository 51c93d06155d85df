import { type CSSProperties, useEffect, useId, useState } from 'react';
import { TabList, TabPanel } from '../components/tabs';
import { useStore } from '../hooks/use-store';
import { store, stored } from '../stored';
import { ConnectionList } from './connection-list';
import { openKey } from './drawer';
import { useLinkedEvent } from './event-link';
import { EventList } from './event-list';
import { Failures } from './failures';
import { useHeight } from './height';
import { Inspection } from './inspection';
import { PushPanel } from './push-panel';
import { QueueView } from './queue-view';
import { Separator } from './separator';
import './inspector.css';

type InspectorProps = {
  /** The ids of this page's connections, present and past. */
  readonly mine: readonly string[];
  readonly url: string;
  /** The file with the stack outputs of the run, if it is not the default one. */
  readonly outputs: string | undefined;
};

/** The inspector at the bottom of a wide page. The bar is always visible, and opens and closes it. */
export function InspectorDrawer(props: InspectorProps) {
  const body = useId();
  const [open, setOpen] = useState(() => stored(openKey) === 'open');
  const [height, setHeight] = useHeight();
  const linked = useLinkedEvent();
  const change = (next: boolean) => {
    store(openKey, next ? 'open' : 'closed');
    setOpen(next);
  };
  useEffect(() => {
    if (linked !== undefined) {
      setOpen(true);
    }
  }, [linked]);
  const style: CSSProperties & Record<'--height', string> = { '--height': `${height}dvh` };
  return (
    <section className="inspector inspector-drawer" aria-label="Local inspector" style={style}>
      {open && <Separator height={height} controls={body} onResize={setHeight} />}
      <h2>
        <button
          type="button"
          className="inspector-toggle"
          aria-expanded={open}
          aria-controls={body}
          onClick={() => change(!open)}
        >
          Local inspector
          <span>events of the function, connections, pushes and failures; not in a deployment</span>
        </button>
      </h2>
      <div id={body} className="inspector-content" hidden={!open}>
        {open && <InspectorBody {...props} views={['Connections', 'Push', 'Queue', 'Failures']} beside />}
      </div>
    </section>
  );
}

/** The inspector as the content of a tab, for a narrow page. */
export function InspectorTab(props: InspectorProps) {
  return (
    <section className="inspector inspector-tab" aria-label="Local inspector">
      <h2 className="visually-hidden">Local inspector</h2>
      <InspectorBody {...props} views={['Events', 'Connections', 'Push', 'Queue', 'Failures']} beside={false} />
    </section>
  );
}

type View = 'Events' | 'Connections' | 'Push' | 'Queue' | 'Failures';

type InspectorBodyProps = InspectorProps & {
  readonly views: readonly View[];
  /** Whether the events are beside the other views, and not a view of their own. */
  readonly beside: boolean;
};

function InspectorBody({ mine, url, outputs, views, beside }: InspectorBodyProps) {
  const [inspection] = useState(() => new Inspection());
  useEffect(inspection.follow, []);
  const { events, connections, armed, loaded, problem } = useStore(inspection);
  const linked = useLinkedEvent();
  const [view, setView] = useState<View>(views[0] ?? 'Events');
  if (linked !== undefined && !beside && view !== 'Events') {
    setView('Events');
  }
  const list = (
    <EventList
      events={events}
      connections={connections}
      mine={mine}
      linked={loaded ? linked : undefined}
      onClear={inspection.clear}
    />
  );
  return (
    <>
      {problem && (
        <p className="inspector-problem" role="alert">
          {problem}
        </p>
      )}
      <div className="inspector-body">
        {beside && list}
        <div className="inspector-side">
          <TabList label="Views of the inspector" names={views} selected={view} onSelect={setView} />
          {!beside && (
            <TabPanel name="Events" shown={view === 'Events'} className="inspector-view">
              {list}
            </TabPanel>
          )}
          <TabPanel name="Connections" shown={view === 'Connections'} className="inspector-view">
            <ConnectionList connections={connections} mine={mine} />
          </TabPanel>
          <TabPanel name="Push" shown={view === 'Push'} className="inspector-view">
            <PushPanel local url={url} outputs={outputs} connections={connections} mine={mine} />
          </TabPanel>
          <TabPanel name="Queue" shown={view === 'Queue'} className="inspector-view">
            {view === 'Queue' && <QueueView />}
          </TabPanel>
          <TabPanel name="Failures" shown={view === 'Failures'} className="inspector-view">
            <Failures connections={connections} armed={armed} mine={mine} />
          </TabPanel>
        </div>
      </div>
    </>
  );
}
