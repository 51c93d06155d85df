import type { SessionWords } from '../presentation/session';
import './session-line.css';

type SessionLineProps = {
  readonly session: SessionWords;
  /** Undefined if the user cannot sign in again, as with a pasted credential. */
  readonly onSignIn?: (() => void) | undefined;
};

/** Shows when the session is renewed or ends, and a button to sign in again if only that helps. */
export function SessionLine({ session: { tone, text, lost }, onSignIn }: SessionLineProps) {
  return (
    <div className={`session session-${tone}`}>
      <p data-testid="session">{text}</p>
      {lost !== undefined && onSignIn && (
        <button type="button" className="button button-primary" onClick={onSignIn}>
          Sign in again
        </button>
      )}
    </div>
  );
}
