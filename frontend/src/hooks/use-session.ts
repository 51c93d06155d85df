import type { Identity } from '../conversation/identity';
import { type SessionWords, wordsOf } from '../presentation/session';
import type { Ending, SocketSnapshot } from '../socket/state';
import { useNow } from './use-now';

type SessionOptions = {
  readonly snapshot: SocketSnapshot;
  readonly identity: Identity | undefined;
  /** By how many seconds this page's clock is ahead of the server's. */
  readonly ahead: number;
  /** Whether the page can get a newer credential without the user. */
  readonly renewable: boolean;
  /** How the last renewal of the open connection failed, if it did. */
  readonly failure?: Ending | undefined;
};

/** Returns the session of an open connection in words; undefined without a connection or a credential. */
export function useSession({
  snapshot,
  identity,
  ahead,
  renewable,
  failure,
}: SessionOptions): SessionWords | undefined {
  const now = useNow(snapshot.state === 'open');
  if (snapshot.state !== 'open' || snapshot.credential === undefined) {
    return undefined;
  }
  const expires = identity ? (identity.expires + ahead) * 1000 : snapshot.expires;
  return wordsOf({ expires, renewal: snapshot.renewal, renewable, failure }, now);
}
