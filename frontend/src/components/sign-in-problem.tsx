import type { Problem } from '../sign-in/problem';
import { Notice } from './notice';

type SignInProblemProps = { readonly problem: Problem; readonly onSignIn: () => void };

/** Shows a problem of the sign-in with its remedy. */
export function SignInProblem({ problem: { title, text, reload }, onSignIn }: SignInProblemProps) {
  const action = reload
    ? { label: 'Load again', onClick: () => location.reload() }
    : { label: 'Try again', onClick: onSignIn };
  return (
    <Notice title={title} action={action}>
      {text}
    </Notice>
  );
}
