import { useState } from 'react';
import { Composer } from '../components/composer';
import { ConnectionPanel } from '../components/connection-panel';
import { Header } from '../components/header';
import { MessageLog } from '../components/message-log';
import { Notice } from '../components/notice';
import type { Config } from '../config';
import { Conversation } from '../conversation/conversation';
import type { SignIn } from '../sign-in/sign-in';
import { useSocket } from '../socket/use-socket';
import { useStore } from '../use-store';

type ConsoleProps = {
  readonly config: Config;
  readonly signIn: SignIn;
};

/** The whole page, once its configuration is known. */
export function Console({ config, signIn }: ConsoleProps) {
  const [conversation] = useState(() => new Conversation({ url: config.websocketUrl, token: () => signIn.token() }));
  const session = useStore(signIn);
  const socket = useSocket(conversation.socket);
  const { entries, dropped, identity } = useStore(conversation);

  const enter = () => void signIn.signIn();
  const leave = () => {
    conversation.disconnect();
    void signIn.signOut();
  };

  return (
    <>
      <Header session={session} onSignIn={enter} onSignOut={leave} />
      <main className="page">
        {'problem' in session && session.problem && (
          <Notice title={session.problem.title} action={{ label: 'Try again', onClick: enter }}>
            {session.problem.text}
          </Notice>
        )}
        <div className="console">
          <ConnectionPanel
            url={config.websocketUrl}
            snapshot={socket}
            identity={identity}
            signedIn={session.state === 'signedIn'}
            onConnect={conversation.connect}
            onDisconnect={conversation.disconnect}
          />
          <MessageLog entries={entries} dropped={dropped} onClear={conversation.clear} />
          <Composer open={socket.state === 'open'} onSend={conversation.send} onRequest={conversation.request} />
        </div>
      </main>
    </>
  );
}
