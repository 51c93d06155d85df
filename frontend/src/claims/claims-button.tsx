import { useCallback, useState } from 'react';
import { lazyDialog } from '../components/lazy-part';
import type { SignIn } from '../sign-in/sign-in';

const ClaimsDialog = lazyDialog('Claims of the token', async () => (await import('./claims-dialog')).ClaimsDialog);

/** A button that shows the claims of the token with which the page connects. The dialog is loaded when it is opened. */
export function ClaimsButton({ signIn }: { signIn: SignIn }) {
  const [shown, show] = useState(false);
  const close = useCallback(() => show(false), []);
  const token = useCallback(async () => (await signIn.token())?.token, [signIn]);
  return (
    <>
      <button type="button" className="button" aria-haspopup="dialog" onClick={() => show(true)}>
        Claims of the token
      </button>
      {shown && <ClaimsDialog token={token} ahead={signIn.ahead} onClose={close} />}
    </>
  );
}
