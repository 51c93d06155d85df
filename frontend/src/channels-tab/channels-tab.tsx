import { lazy, type ReactNode, Suspense } from 'react';
import { Notice } from '../components/notice';
import { TabPanel } from '../components/tabs';
import type { Namespace } from '../contract';
import type { Regions } from '../regions';

// After a deployment, the files of the older page may be gone. The other tab still works then.
const Channels = lazy(() =>
  import('./channels').then(
    (module) => ({ default: module.Channels }),
    () => ({ default: NotLoaded }),
  ),
);

export type ChannelsTabProps = {
  readonly websocketUrl: string;
  /** The stacks of several regions, if there are several. */
  readonly regions?: Regions | undefined;
  /** Returns a single-use ticket for an attempt to connect; undefined if the stack has no tickets. */
  readonly ticket: ((trace: string, httpUrl?: string) => Promise<string>) | undefined;
  /** The namespaces that the app declares. */
  readonly namespaces: readonly Namespace[];
  /** Whether a local run serves the page. The connection can then be dropped. */
  readonly local: boolean | undefined;
  readonly shown: boolean;
  /** Is called with the id of each connection that the tab opens. */
  readonly onConnected?: (connectionId: string) => void;
};

/** The tab for channels. Its code, and the client of the protocol, are loaded when it is first shown. */
export function ChannelsTab({
  websocketUrl,
  regions,
  ticket,
  namespaces,
  local,
  shown,
  onConnected,
}: ChannelsTabProps) {
  if (namespaces.length === 0) {
    return (
      <Absent shown={shown} title="The app has no channels">
        Declare a namespace in lambda/app/channels.go and deploy again.
      </Absent>
    );
  }
  if (ticket === undefined) {
    return (
      <Absent shown={shown} title="Channels need tickets">
        The stack has no HTTP API for tickets: config.json has no httpUrl. Set tickets to true and deploy again.
      </Absent>
    );
  }
  return (
    <Suspense
      fallback={
        <TabPanel name="Channels" shown={shown} className="channels">
          <p role="status">Loading the client for channels…</p>
        </TabPanel>
      }
    >
      <Channels
        websocketUrl={websocketUrl}
        regions={regions}
        ticket={ticket}
        namespaces={namespaces}
        local={local === true}
        shown={shown}
        {...(onConnected && { onConnected })}
      />
    </Suspense>
  );
}

function NotLoaded({ shown }: { readonly shown: boolean }) {
  return (
    <Absent shown={shown} title="The client for channels could not be loaded">
      The network is down, or there is a new version of this page. Load the page again.
    </Absent>
  );
}

type AbsentProps = { readonly shown: boolean; readonly title: string; readonly children: ReactNode };

function Absent({ shown, title, children }: AbsentProps) {
  return (
    <TabPanel name="Channels" shown={shown} className="channels-absent">
      <Notice title={title}>
        <p>{children}</p>
      </Notice>
    </TabPanel>
  );
}
