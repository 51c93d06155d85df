import { useId, useState } from 'react';
import type { Identity } from '../conversation/identity';
import { commandsFor } from '../presentation/commands';
import { CopyButton } from './copy-button';
import { Loading, lazyPart } from './lazy-part';
import './commands-panel.css';

const PushPanel = lazyPart(async () => (await import('../inspector/push-panel')).PushPanel, Loading);

type CommandsPanelProps = {
  readonly url: string;
  readonly identity: Identity | undefined;
  /** The file with the stack outputs of a local run, if it is not the default one. */
  readonly outputs: string | undefined;
  /** Whether the page has an inspector, which can push by itself. */
  readonly local: boolean | undefined;
};

/** Shows commands for a terminal that reach this connection. */
export function CommandsPanel({ url, identity, outputs, local }: CommandsPanelProps) {
  const heading = useId();
  return (
    <section className="panel commands" aria-labelledby={heading}>
      <h2 id={heading}>From your terminal</h2>
      {identity ? (
        <dl>
          {commandsFor(url, identity, outputs).map(({ title, command }) => (
            <div key={title} className="command">
              <dt>{title}</dt>
              <dd>
                <code>{command}</code>
                <CopyButton text={command} name={`command: ${title}`} />
              </dd>
            </div>
          ))}
        </dl>
      ) : (
        <p className="report">Connect to see the commands for this connection.</p>
      )}
      {!local && <PushCommand url={url} identity={identity} outputs={outputs} />}
    </section>
  );
}

/** A form that makes a command for another target. It is the form of the inspector, but it sends nothing here. */
function PushCommand({ url, identity, outputs }: Omit<CommandsPanelProps, 'local'>) {
  const [open, setOpen] = useState(false);
  return (
    <details className="commands-push" onToggle={({ currentTarget }) => setOpen(currentTarget.open)}>
      <summary>Push to a user, a channel or all</summary>
      {open && (
        <PushPanel
          local={false}
          url={url}
          outputs={outputs}
          connections={[]}
          mine={identity ? [identity.connectionId] : []}
        />
      )}
    </details>
  );
}
