import { useEffect, useMemo, useRef, useState } from 'react';
import { ChannelsTab } from '../channels-tab/channels-tab';
import type { Template } from '../components/composer';
import { Header } from '../components/header';
import { SignInProblem } from '../components/sign-in-problem';
import { TabList, TabPanel } from '../components/tabs';
import { namespaces as declared, type Namespace } from '../contract';
import type { Conversation } from '../conversation/conversation';
import type { Identity } from '../conversation/identity';
import type { Reply } from '../conversation/reply';
import { deleteSent } from '../history';
import { useStore } from '../hooks/use-store';
import { LocalInspector } from '../inspector/local-inspector';
import { OwnConnections } from '../inspector/own-connections';
import { deleteLog } from '../kept-log';
import { SecondPlace } from '../second/second-place';
import { expired } from '../sign-in/problem';
import type { Session } from '../sign-in/session';
import type { SocketSnapshot } from '../socket/state';
import { useSocket } from '../socket/use-socket';
import { ticketSource } from './credentials';
import { ExtrasBeside, ExtrasTabs } from './extras';
import { Messages } from './messages';
import type { PageProps } from './start';
import { startConversation, type UserConversation } from './start-conversation';
import { useViews } from './use-views';
import { UserConnection } from './user-connection';
import './console.css';
import { useKeptLog } from './use-kept-log';

type ConsoleProps = PageProps & {
  /** The messages that the composer offers. */
  readonly templates: readonly Template[];
  /** The routes of the server that reply to the sender. */
  readonly replies: readonly Reply[];
  /** The namespaces of channels. The default is those that lambda/app declares. */
  readonly namespaces?: readonly Namespace[];
};

/** The console: connects, sends messages and shows everything that happens on the socket. */
export function Console({ config, signIn, templates, replies, namespaces = declared }: ConsoleProps) {
  const session = useStore(signIn);
  const { conversation, disconnectAll, number } = useConversation({ config, signIn, replies }, session);
  const socket = useSocket(conversation.socket);
  const { identity } = useStore(conversation);
  const { tabs, selected, select, wide, second } = useViews(config.local === true);
  const own = useOwnConnections(identity);
  const extras = {
    url: config.websocketUrl,
    traffic: conversation.traffic,
    identity,
    outputs: config.outputs,
    local: config.local,
    used: useUsed(conversation, socket),
  };
  const signedOut = session.state === 'signedOut';
  const offered = signedOut && selected === 'Messages' && (socket.state === 'idle' || socket.state === 'closed');
  useKeptLog(conversation.log, session);

  const enter = () => void signIn.signIn();
  const leave = () => {
    end(conversation);
    void signIn.signOut();
  };

  return (
    <>
      <Header
        session={session}
        onSignIn={offered ? undefined : enter}
        onSignOut={leave}
        onDisconnectAll={disconnectAll}
      />
      <main className="page page-full">
        {'problem' in session && session.problem && <SignInProblem problem={session.problem} onSignIn={enter} />}
        <TabList label="Views" names={tabs} selected={selected} onSelect={select} />
        <TabPanel key={number} name="Messages" shown={selected === 'Messages'} className="console">
          <UserConnection
            config={config}
            signIn={signIn}
            conversation={conversation}
            snapshot={socket}
            onSecond={second.opened ? undefined : second.open}
            onSignIn={enter}
          />
          <Messages
            config={config}
            conversation={conversation}
            identity={identity}
            socket={socket}
            templates={templates}
            user={session.state === 'signedIn' ? session.id : ''}
          />
          {wide && <ExtrasBeside {...extras} />}
        </TabPanel>
        <OpenedChannels
          key={`channels ${number}`}
          config={config}
          signIn={signIn}
          namespaces={namespaces}
          shown={selected === 'Channels'}
          onConnected={own.add}
        />
        <SecondPlace
          key={`second ${number}`}
          config={config}
          replies={replies}
          view={second}
          selected={selected === 'Second'}
        />
        {!wide && <ExtrasTabs selected={selected} {...extras} />}
        {config.local && !wide && (
          <TabPanel name="Inspector" shown={selected === 'Inspector'} className="inspector-panel">
            <LocalInspector place="tab" own={own} url={config.websocketUrl} outputs={config.outputs} />
          </TabPanel>
        )}
      </main>
      {config.local && wide && (
        <LocalInspector place="drawer" own={own} url={config.websocketUrl} outputs={config.outputs} />
      )}
    </>
  );
}

/** The connections of this page, present and past. */
function useOwnConnections(identity: Identity | undefined): OwnConnections {
  const [own] = useState(() => new OwnConnections());
  const connectionId = identity?.connectionId;
  useEffect(() => {
    if (connectionId !== undefined) {
      own.add(connectionId);
    }
  }, [own, connectionId]);
  return own;
}

type OpenedChannelsProps = PageProps & {
  readonly namespaces: readonly Namespace[];
  readonly shown: boolean;
  readonly onConnected: (connectionId: string) => void;
};

/** The tab Channels, from when it is first shown. */
function OpenedChannels({ config, signIn, namespaces, shown, onConnected }: OpenedChannelsProps) {
  const { websocketUrl, httpUrl, local, regions } = config;
  const [opened, setOpened] = useState(shown);
  if (shown && !opened) {
    setOpened(true);
  }
  const ticket = useMemo(() => (httpUrl === undefined ? undefined : ticketSource(signIn, httpUrl)), [signIn, httpUrl]);
  return (
    opened && (
      <ChannelsTab
        websocketUrl={websocketUrl}
        regions={regions}
        ticket={ticket}
        namespaces={namespaces}
        local={local}
        shown={shown}
        onConnected={onConnected}
      />
    )
  );
}

/** The conversation of the user. After the user has signed out it is a new, empty one. */
function useConversation(
  { config, signIn, replies }: Omit<ConsoleProps, 'templates' | 'namespaces'>,
  session: Session,
): UserConversation & { readonly number: number } {
  const [current, setCurrent] = useState(() => ({ ...startConversation(config, signIn, replies), number: 0 }));
  const wasSignedIn = useRef(false);
  useEffect(() => {
    if (session.state === 'signedIn') {
      wasSignedIn.current = true;
    } else if (session.state === 'signedOut' && session.problem !== expired && wasSignedIn.current) {
      // A user whose sign-in has expired may still read the messages. The next user loads the page again.
      wasSignedIn.current = false;
      end(current.conversation);
      setCurrent({ ...startConversation(config, signIn, replies), number: current.number + 1 });
    }
  }, [config, signIn, replies, session, current]);
  return current;
}

/** Returns whether this conversation has connected, or has tried it. */
function useUsed(conversation: Conversation, { state }: SocketSnapshot): boolean {
  const [used, setUsed] = useState<Conversation>();
  if (state !== 'idle' && used !== conversation) {
    setUsed(conversation);
  }
  return used === conversation;
}

/** Disconnects, and deletes the messages of a user who signs out. */
function end(conversation: Conversation): void {
  conversation.disconnect();
  conversation.log.close();
  deleteSent();
  deleteLog();
}
