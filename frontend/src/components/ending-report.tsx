import { explainEnding } from '../socket/close-code';
import type { Ending } from '../socket/state';
import { formatDuration } from './format';

/** Why the connection is gone, and what to do. */
export function EndingReport({ ending }: { ending: Ending }) {
  if (ending.kind === 'left' && !ending.opened) {
    return null;
  }
  const { text, causes } = explainEnding(ending);
  return (
    <div className="report">
      <p>{text}</p>
      {ending.kind === 'closed' && ending.reason && (
        <p>
          The server says: <q>{ending.reason}</q>
        </p>
      )}
      {'opened' in ending && ending.opened && <p>It had been open for {formatDuration(ending.lasted)}.</p>}
      {causes && (
        <details className="causes">
          <summary>What it may have been</summary>
          <dl>
            {causes.map(({ answer, why }) => (
              <div key={answer}>
                <dt>{answer}</dt>
                <dd>{why}</dd>
              </div>
            ))}
          </dl>
        </details>
      )}
    </div>
  );
}
