import { useState } from 'react';
import { isLoopback } from '../address';
import { commandToFind } from '../presentation/commands';
import { CopyButton } from './copy-button';
import './trace.css';

type TraceProps = {
  readonly url: string;
  readonly trace: string;
  /** When the attempt to connect began, or a time before that, Unix time in milliseconds. By default an hour ago. */
  readonly since?: number;
};

/** Shows the trace id of an attempt to connect, and how the operator finds its lines in the log. */
export function Trace({ url, trace, since }: TraceProps) {
  const [hourAgo] = useState(() => Date.now() - 60 * 60_000);
  const command = commandToFind(url, trace, since ?? hourAgo);
  return (
    <div className="trace">
      <p>
        Trace id: <code data-testid="trace">{trace}</code> <CopyButton text={trace} name="trace id" />
      </p>
      <details className="causes">
        <summary>Find it in the log</summary>
        {isLoopback(new URL(url).hostname) ? (
          <p className="causes-more">Enter the trace id in the inspector, above the events.</p>
        ) : (
          <p className="causes-more">
            <code>{command}</code> <CopyButton text={command} name="command that finds the trace" />
          </p>
        )}
      </details>
    </div>
  );
}
