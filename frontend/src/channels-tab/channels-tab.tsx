import { Loading, lazyPart, NotLoaded } from '../components/lazy-part';
import { TabPanel } from '../components/tabs';

type ShownProps = { readonly shown: boolean };

/** The tab for channels. Its code, and the client of the protocol, are loaded when it is first shown. */
export const ChannelsTab = lazyPart(
  async () => (await import('./channels')).Channels,
  ({ shown }: ShownProps) => (
    <TabPanel name="Channels" shown={shown} className="channels">
      <Loading />
    </TabPanel>
  ),
  ({ shown }: ShownProps) => (
    <TabPanel name="Channels" shown={shown} className="channels">
      <NotLoaded />
    </TabPanel>
  ),
);
