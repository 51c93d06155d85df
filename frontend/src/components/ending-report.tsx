import { explainClose } from '../socket/close-code';
import type { Ending } from '../socket/socket';
import { formatDuration } from './format';

/** Why the connection is gone, and what to do. */
export function EndingReport({ ending }: { ending: Ending }) {
  if (ending.kind === 'cancelled') {
    return null;
  }
  if (ending.kind === 'failed') {
    return <p className="report">{ending.message}</p>;
  }
  const { text, causes } = explainClose(ending);
  return (
    <div className="report">
      <p>{text}</p>
      {ending.reason && (
        <p>
          The server says: <q>{ending.reason}</q>
        </p>
      )}
      {ending.opened && <p>It had been open for {formatDuration(ending.lasted)}.</p>}
      {causes && (
        <dl className="causes" aria-label="What it may have been">
          {causes.map(({ answer, why }) => (
            <div key={answer}>
              <dt>{answer}</dt>
              <dd>{why}</dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}
