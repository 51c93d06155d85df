import { useErrorCode } from '../errcode/use-error-code';

type ErrorCodeReportProps = {
  readonly code: string;
  /** What is said already, and need not be repeated. */
  readonly said: string;
};

/** What the catalogue says of a code of the backend: what it means, and what to do. */
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
