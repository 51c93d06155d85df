import { useId } from 'react';
import type { Identity } from '../conversation/identity';
import { commandsFor } from '../presentation/commands';
import { CopyButton } from './copy-button';
import './commands-panel.css';

type CommandsPanelProps = {
  readonly url: string;
  readonly identity: Identity | undefined;
  /** The file with the stack outputs of a local run, if it is not the default one. */
  readonly outputs: string | undefined;
};

/** Shows commands for a terminal that reach this connection. */
export function CommandsPanel({ url, identity, outputs }: CommandsPanelProps) {
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
    </section>
  );
}
