import { formatDuration } from '../presentation/format';
import { type Cause, explainEnding } from '../socket/close-code';
import type { Ending } from '../socket/state';
import { ErrorCodeReport } from './error-code-report';
import './ending-report.css';

/** Shows the reason why the connection ended, and the remedy. */
export function EndingReport({ ending }: { ending: Ending }) {
  if (ending.kind === 'disconnected' && !ending.opened) {
    return null;
  }
  const { text, causes, code } = explainEnding(ending);
  return (
    <div className="report">
      <p>{text}</p>
      {ending.kind === 'closed' && code && <ErrorCodeReport code={code} said={text} />}
      {ending.kind === 'closed' && ending.reason && !ending.closing && (
        <p>
          The server says: <q>{ending.reason}</q>
        </p>
      )}
      {'opened' in ending && ending.opened && <p>It was open for {formatDuration(ending.lasted)}.</p>}
      {causes && <Causes causes={causes} />}
    </div>
  );
}

function Causes({ causes }: { causes: readonly Cause[] }) {
  return (
    <details className="causes">
      <summary>Possible reasons</summary>
      <dl>
        {causes.map(({ answer, why, codes }) => (
          <div key={answer}>
            <dt>{answer}</dt>
            <dd>
              {why}
              {codes && <code className="codes">{codes.join(' ')}</code>}
            </dd>
          </div>
        ))}
      </dl>
      <p className="causes-more">
        The function’s log has the code, in the line with the route authorizer or $connect. docs/errors.md explains each
        code.
      </p>
    </details>
  );
}
