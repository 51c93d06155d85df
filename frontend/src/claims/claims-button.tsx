import { lazy, Suspense, useCallback, useState } from 'react';
import type { SignIn } from '../sign-in/sign-in';

const ClaimsDialog = lazy(() => import('./claims-dialog').then((module) => ({ default: module.ClaimsDialog })));

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
      <Suspense>{shown && <ClaimsDialog token={token} ahead={signIn.ahead} onClose={close} />}</Suspense>
    </>
  );
}
