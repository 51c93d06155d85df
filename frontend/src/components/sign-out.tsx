import { useEffect, useState } from 'react';
import { lazyDialog } from './lazy-part';
import type { SignOutDialogProps } from './sign-out-dialog';

const load = () => import('./sign-out-dialog');

/** Without the dialog, the user is signed out of this page. */
function SignOutNow({ onSignOut }: SignOutDialogProps) {
  // biome-ignore lint/correctness/useExhaustiveDependencies: once
  useEffect(() => onSignOut(), []);
  return null;
}

const SignOutDialog = lazyDialog('Sign out', async () => (await load()).SignOutDialog, SignOutNow);

type SignOutProps = {
  /** Signs out of this page. */
  readonly onSignOut: () => void;
  /** Ends the user's connections everywhere; it rejects with a text for the user. Undefined without an HTTP API. */
  readonly onDisconnectAll: ((signal: AbortSignal) => Promise<void>) | undefined;
};

/** The button that signs the user out. A dialog asks first if there is a choice. */
export function SignOut({ onSignOut, onDisconnectAll }: SignOutProps) {
  const [asks, setAsks] = useState(false);
  useEffect(() => void load().catch(() => {}), []); // the network may be down when it is needed
  return (
    <>
      <button
        type="button"
        className="button"
        aria-haspopup={onDisconnectAll && 'dialog'}
        onClick={() => (onDisconnectAll ? setAsks(true) : onSignOut())}
      >
        Sign out
      </button>
      {onDisconnectAll && asks && (
        <SignOutDialog onSignOut={onSignOut} onDisconnectAll={onDisconnectAll} onClose={() => setAsks(false)} />
      )}
    </>
  );
}
