import { useErrorCode } from '../errcode/use-error-code';

type ErrorCodeReportProps = {
  readonly code: string;
  /** A text that is shown already and need not be repeated. */
  readonly said: string;
};

/** Shows the meaning and the remedy of an error code. */
export function ErrorCodeReport({ code, said }: ErrorCodeReportProps) {
  const words = useErrorCode(code);
  return (
    <>
      {words && !said.includes(words.meaning) && <p>{words.meaning}</p>}
      {words && <p>{words.remedy}</p>}
      <p>
        Code <code>{code}</code>
      </p>
    </>
  );
}
