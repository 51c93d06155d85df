import { ClaimsButton } from '../claims/claims-button';
import { ConnectionPanel } from '../components/connection-panel';
import type { Config } from '../config';
import type { Conversation } from '../conversation/conversation';
import { useStore } from '../hooks/use-store';
import type { SignIn } from '../sign-in/sign-in';
import type { SocketSnapshot } from '../socket/state';
import { useRefusal } from './use-refusal';

type UserConnectionProps = {
  readonly config: Config;
  readonly signIn: SignIn;
  readonly conversation: Conversation;
  readonly snapshot: SocketSnapshot;
  /** Opens a second connection. Undefined if it is open. */
  readonly onSecond: (() => void) | undefined;
  readonly onSignIn: () => void;
};

/** The connection of the signed-in user. */
export function UserConnection({ config, signIn, conversation, snapshot, onSecond, onSignIn }: UserConnectionProps) {
  const session = useStore(signIn);
  const { identity, failure } = useStore(conversation);
  const refusal = useRefusal(snapshot, config.local);
  const signedIn = session.state === 'signedIn';
  return (
    <ConnectionPanel
      url={config.websocketUrl}
      regions={config.regions}
      snapshot={snapshot}
      identity={identity}
      refusal={refusal}
      failure={failure}
      renewable={signedIn && session.renewable !== false}
      ahead={signIn.ahead}
      signedIn={signedIn}
      offersSignIn={session.state === 'signedOut'}
      onConnect={conversation.connect}
      onDisconnect={conversation.disconnect}
      onSignIn={onSignIn}
      tools={
        <div className="connection-tools">
          <button type="button" className="button" aria-disabled={onSecond === undefined} onClick={onSecond}>
            Second connection
          </button>
          {signedIn && <ClaimsButton signIn={signIn} />}
        </div>
      }
    />
  );
}
