import { configPath } from '../config';
import { Notice } from './notice';

type ConfigProblemProps = {
  readonly problems: readonly string[];
  readonly onRetry: () => void;
};

/** Shows the problems of the configuration in place of the page. */
export function ConfigProblem({ problems, onRetry }: ConfigProblemProps) {
  return (
    <Notice title={`This page cannot use its ${configPath}`} action={{ label: 'Try again', onClick: onRetry }}>
      <ul>
        {problems.map((problem) => (
          <li key={problem}>{problem}</li>
        ))}
      </ul>
      <p>
        The deployment writes this file. Deploy again, or restart the local run, and check that the address shows the
        file.
      </p>
    </Notice>
  );
}
