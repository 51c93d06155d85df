import { disconnectAll } from '../http-api/http-api';
import type { SignIn } from '../sign-in/sign-in';

/**
 * Ends every connection of the signed-in user, including this page's. It rejects with a text for the user if it does not
 * know that all of them have ended.
 */
export async function disconnectEverywhere(signIn: SignIn, httpUrl: string, signal: AbortSignal): Promise<void> {
  const token = await signIn.token();
  if (!token) {
    throw new Error('You are no longer signed in.');
  }
  const { failed } = await disconnectAll({ httpUrl, token: token.token }, signal);
  if (failed > 0) {
    throw new Error(`${failed === 1 ? 'One of them' : `${failed} of them`} could not be ended.`);
  }
}
