import type { ErrorCodeText } from '../errcode/catalogue';
import { useErrorCode } from '../errcode/use-error-code';
import { eventHash } from '../inspector/event-link';
import type { Refusal } from '../inspector/refusal';
import { formatDuration } from '../presentation/format';
import { type Cause, explainEnding } from '../socket/close-code';
import type { Ending } from '../socket/state';
import { Trace } from './trace';
import './ending-report.css';

type EndingReportProps = {
  /** The address of the connection. */
  readonly url: string;
  readonly ending: Ending;
  /** The refusal as the local run saw it. Undefined in a deployment, or if it is not known. */
  readonly refusal?: Refusal | undefined;
};

/** Shows the reason why the connection ended, and the remedy. Details for the operator are folded. */
export function EndingReport({ url, ending, refusal }: EndingReportProps) {
  const { text, causes, code: said, trouble } = explainEnding(ending);
  const code = said ?? refusal?.code;
  const words = useErrorCode(code);
  if (ending.kind === 'disconnected' && !ending.opened) {
    return null;
  }
  const own = ending.kind === 'closed' && ending.closing !== undefined; // the server's own text
  return (
    <div className="report">
      <p>{own ? text : (words?.meaning ?? text)}</p>
      {refusal && (
        <p>
          {code !== undefined && (
            <>
              Code <code>{code}</code>.{' '}
            </>
          )}
          <a href={eventHash(refusal.event)}>Show the event in the inspector</a>
        </p>
      )}
      {refusal && words && <p>{words.remedy}</p>}
      {'opened' in ending && ending.opened && <p>It was open for {formatDuration(ending.lasted)}.</p>}
      {ending.trace !== undefined && (trouble || code !== undefined) && (
        <>
          <p>The browser hides details. The operator can find them in the server’s log by this id:</p>
          <Trace url={url} trace={ending.trace} />
        </>
      )}
      <ForOperator
        ending={ending}
        code={refusal ? undefined : code}
        words={refusal ? undefined : words}
        own={own}
        causes={code === undefined ? causes : undefined}
      />
    </div>
  );
}

type ForOperatorProps = {
  readonly ending: Ending;
  /** The error code and its entry, unless they are shown already. */
  readonly code: string | undefined;
  readonly words: ErrorCodeText | undefined;
  /** Whether the server's own text is shown already. */
  readonly own: boolean;
  /** The possible reasons, if the code is not known. */
  readonly causes: readonly Cause[] | undefined;
};

/** Details that help the operator of the server, folded. */
function ForOperator({ ending, code, words, own, causes }: ForOperatorProps) {
  const reason = ending.kind === 'closed' && !own ? ending.reason : '';
  if (code === undefined && causes === undefined && reason === '') {
    return null;
  }
  return (
    <details className="causes">
      <summary>For the operator</summary>
      {code !== undefined && (
        <p className="causes-more">
          Code <code>{code}</code>
        </p>
      )}
      {own && words && <p className="causes-more">{words.meaning}</p>}
      {words && <p className="causes-more">{words.remedy}</p>}
      {reason !== '' && (
        <p className="causes-more">
          The server says: <q>{reason}</q>
        </p>
      )}
      {causes && <Causes causes={causes} />}
      {(code !== undefined || causes) && (
        <p className="causes-more">
          The function’s log has the code in the line of this attempt. docs/errors.md explains each code.
        </p>
      )}
    </details>
  );
}

function Causes({ causes }: { causes: readonly Cause[] }) {
  return (
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
  );
}
