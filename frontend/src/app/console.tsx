import { useState } from 'react';
import { CommandsPanel } from '../components/commands-panel';
import { Composer } from '../components/composer';
import { ConnectionPanel } from '../components/connection-panel';
import { Header } from '../components/header';
import { MessageLog } from '../components/message-log';
import { Notice } from '../components/notice';
import { NumbersPanel } from '../components/numbers-panel';
import type { Config } from '../config';
import { Conversation } from '../conversation/conversation';
import { forgetSent } from '../history';
import { LocalInspector } from '../inspector/local-inspector';
import type { SignIn } from '../sign-in/sign-in';
import type { Receipt, SocketSnapshot } from '../socket/state';
import { useSocket } from '../socket/use-socket';
import { useStore } from '../use-store';
import { credentials } from './credentials';
import { cutEverywhere } from './cut';

type ConsoleProps = {
  readonly config: Config;
  readonly signIn: SignIn;
};

/** The whole page, once its configuration is known. */
export function Console({ config, signIn }: ConsoleProps) {
  const { websocketUrl: url, httpUrl } = config;
  const [conversation] = useState(
    () => new Conversation({ url, ...credentials(signIn, httpUrl), ...(config.socket && { timing: config.socket }) }),
  );
  const session = useStore(signIn);
  const socket = useSocket(conversation.socket);
  const { identity } = useStore(conversation);

  const enter = () => void signIn.signIn();
  const leave = () => {
    conversation.disconnect();
    forgetSent();
    void signIn.signOut();
  };

  return (
    <>
      <Header
        session={session}
        onSignIn={enter}
        onSignOut={leave}
        onCut={httpUrl === undefined ? undefined : (signal) => cutEverywhere(signIn, httpUrl, signal)}
      />
      <main className="page">
        {'problem' in session && session.problem && (
          <Notice title={session.problem.title} action={{ label: 'Try again', onClick: enter }}>
            {session.problem.text}
          </Notice>
        )}
        <div className="console">
          <ConnectionPanel
            url={url}
            snapshot={socket}
            identity={identity}
            signedIn={session.state === 'signedIn'}
            onConnect={conversation.connect}
            onDisconnect={conversation.disconnect}
            onSignIn={enter}
          />
          <MessageLog log={conversation.log} />
          <Composer outlook={outlookOf(socket)} onSend={conversation.send} />
          {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable by keyboard */}
          <section className="extras" aria-label="Figures and commands" tabIndex={0}>
            <NumbersPanel numbers={conversation.numbers} />
            <CommandsPanel url={url} identity={identity} />
          </section>
        </div>
        <LocalInspector shown={config.local} mine={identity?.connectionId} />
      </main>
    </>
  );
}

/** What would become of a message that is sent now. */
function outlookOf({ state }: SocketSnapshot): Receipt['outcome'] {
  if (state === 'open') {
    return 'sent';
  }
  return state === 'connecting' || state === 'waiting' ? 'queued' : 'dropped';
}
