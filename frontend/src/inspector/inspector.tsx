import { useEffect, useId, useState } from 'react';
import { useStore } from '../hooks/use-store';
import { ConnectionList } from './connection-list';
import { EventList } from './event-list';
import { Failures } from './failures';
import { Inspection } from './inspection';
import './inspector.css';

/** The key in localStorage for whether the inspector is open. */
const openKey = 'sallyport.inspector';

/** Shows the events of the Lambda, the connections, and failures to inject: for a local run only. */
export function Inspector({ mine }: { mine: string | undefined }) {
  const body = useId();
  const [open, setOpen] = useState(() => localStorage.getItem(openKey) === 'open');
  const toggle = () => {
    localStorage.setItem(openKey, open ? 'closed' : 'open');
    setOpen(!open);
  };
  return (
    <section className="panel inspector" aria-label="Local inspector">
      <h2>
        <button type="button" className="inspector-toggle" aria-expanded={open} aria-controls={body} onClick={toggle}>
          Local inspector
          <span>events of the Lambda, and failures to try; not in a deployment</span>
        </button>
      </h2>
      <div id={body} hidden={!open}>
        {open && <InspectorBody mine={mine} />}
      </div>
    </section>
  );
}

function InspectorBody({ mine }: { mine: string | undefined }) {
  const [inspection] = useState(() => new Inspection());
  useEffect(inspection.follow, []);
  const { events, connections, armed, problem } = useStore(inspection);
  const own = useAll(mine);
  return (
    <>
      {problem && (
        <p className="inspector-problem" role="alert">
          {problem}
        </p>
      )}
      <div className="inspector-body">
        <EventList events={events} connections={connections} mine={own} onClear={inspection.clear} />
        <div className="inspector-side">
          <Failures connections={connections} armed={armed} mine={mine} />
          <ConnectionList connections={connections} mine={own} />
        </div>
      </div>
    </>
  );
}

/** Returns all values so far except undefined: a page that reconnects has several connection ids. */
function useAll(value: string | undefined): readonly string[] {
  const [all, setAll] = useState<readonly string[]>([]);
  if (value === undefined || all.includes(value)) {
    return all;
  }
  const more = [...all, value];
  setAll(more);
  return more;
}
