import type { Token } from '../conversation/conversation';
import { Expired } from '../sign-in/problem';
import type { SignIn } from '../sign-in/sign-in';
import { NoOffer } from '../socket/options';

/** A supplier of the socket's token. An expired sign-in tells the socket not to try again. */
export function tokenSupplier(signIn: SignIn): () => Promise<Token | undefined> {
  return async () => {
    try {
      return await signIn.token();
    } catch (error) {
      throw error instanceof Expired ? new NoOffer(error.message) : error;
    }
  };
}
