import { act, render, screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, it, vi } from 'vitest';
import { FakeCentrifuge, publicationAt, subscribedAt } from '../testing/fake-centrifuge';
import { Channels } from './channels';
import { ChannelsTab } from './channels-tab';

const namespaces = [
  { name: 'chat', own: false },
  { name: 'user', own: true },
];

function show({ local = false } = {}) {
  const made: FakeCentrifuge[] = [];
  const user = userEvent.setup();
  const page = render(
    <Channels
      websocketUrl="wss://api.example/live"
      ticket={async () => 'ticket'}
      namespaces={namespaces}
      local={local}
      shown
      create={(_, next) => {
        made.push(new FakeCentrifuge(next));
        return (made.at(-1) as FakeCentrifuge).client;
      }}
    />,
  );
  const server = made[0] as FakeCentrifuge;
  return { user, server, ...page };
}

const button = (name: string | RegExp) => screen.getByRole<HTMLButtonElement>('button', { name });
const connect = (server: FakeCentrifuge) =>
  act(() => server.emit('connected', { client: 'a', transport: 'websocket' }));
const lines = () =>
  within(screen.getByRole('log'))
    .queryAllByRole('listitem')
    .map((line) => line.textContent?.replace(/^[\d:]+/, ''));

/** Subscribes to a channel, as its first and connected subscriber. */
async function subscribed() {
  const all = show();
  await all.user.type(screen.getByRole('combobox', { name: 'Channel' }), 'chat:room1{Enter}');
  connect(all.server);
  const subscription = all.server.subscriptions.get('chat:room1');
  act(() => subscription?.emit('subscribed', subscribedAt(30)));
  const publishNow = (offset: number) => act(() => subscription?.emit('publication', publicationAt(offset)));
  return { ...all, publishNow };
}

describe('the connection', () => {
  it('is opened and closed by buttons, and ends with the page', async () => {
    const { user, server, unmount } = show();
    await user.click(button('Connect'));
    expect(server.calls).toEqual(['connect']);
    connect(server);
    expect(screen.getByRole('status').textContent).toMatch(/^Connected since [\d:]+$/);
    await user.click(button('Disconnect'));
    unmount();
    expect(server.calls).toEqual(['connect', 'disconnect', 'disconnect']);
  });

  it('can be dropped in a local run', async () => {
    const asked = vi.fn(async () => Response.json({ message: 'The connection is gone.' }, { status: 404 }));
    vi.stubGlobal('fetch', asked);
    const { user, server } = show({ local: true });
    expect(button('Drop connection').disabled).toBe(true);
    connect(server);
    await user.click(button('Drop connection'));
    expect(asked).toHaveBeenCalledWith(
      '/inspector/actions/duration',
      expect.objectContaining({ body: '{"connectionId":"a"}' }),
    );
    expect((await screen.findByRole('alert')).textContent).toBe('The connection is gone.');
  });

  it('cannot be dropped in a deployment', () => {
    show();
    expect(screen.queryByRole('button', { name: 'Drop connection' })).toBeNull();
  });
});

it('suggests the namespaces, and the user’s own channel', () => {
  const { server, container } = show();
  act(() => server.emit('subscribed', subscribedAt(0, { channel: 'user:me' })));
  expect([...container.querySelectorAll('option')].map(({ value }) => value)).toEqual(['chat:', 'user:me']);
  expect(button(/^user:me/).textContent).toBe('user:meyour own');
  expect(screen.queryByRole('button', { name: 'Unsubscribe' })).toBeNull();
});

it('subscribes, shows messages, and counts those of the other channels', async () => {
  const { user, publishNow } = await subscribed();
  publishNow(31);
  expect(lines()).toEqual(['Subscribed.', 'offset 31alice (you)text 31']);
  await user.type(screen.getByRole('combobox', { name: 'Channel' }), 'chat:room2{Enter}');
  publishNow(32);
  publishNow(33);
  expect(button(/^chat:room1/).textContent).toBe('chat:room12 new');
  await user.click(button(/^chat:room1/));
  expect(button(/^chat:room1/).textContent).toBe('chat:room1');
  expect(lines()).toHaveLength(4);
  await user.click(button('Unsubscribe'));
  expect(button('Subscribe again')).toBeDefined();
  await user.click(button('Remove'));
  expect(screen.queryByRole('button', { name: /^chat:room1/ })).toBeNull();
});

describe('publishing', () => {
  const field = () => screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Message to chat:room1' });

  it('sends JSON as it is, and text as a string', async () => {
    const { user, server } = await subscribed();
    await user.type(field(), '{{"a":1}');
    await user.keyboard('{Control>}{Enter}{/Control}');
    await user.clear(field());
    await user.type(field(), 'hello');
    await user.click(button('Publish'));
    expect(server.published).toEqual([
      ['chat:room1', { a: 1 }],
      ['chat:room1', 'hello'],
    ]);
  });

  it('explains a refusal until the next success', async () => {
    const { user, server } = await subscribed();
    server.refusal = { code: 106, message: 'publication of 40000 bytes, at most 32768 are allowed' };
    await user.type(field(), 'hello');
    await user.click(button('Publish'));
    expect((await screen.findByRole('alert')).textContent).toBe(
      'A limit is exceeded. publication of 40000 bytes, at most 32768 are allowed (code 106)',
    );
    server.refusal = undefined;
    await user.click(button('Publish'));
    await waitFor(() => expect(screen.queryByRole('alert')).toBeNull());
  });

  it('warns of a message that does not fit into a frame', async () => {
    const { user } = await subscribed();
    await user.click(field());
    await user.paste('x'.repeat(32_600));
    expect(screen.queryByText(/1009/)).toBeNull();
    await user.paste('"'.repeat(100)); // each is two bytes of JSON
    expect(screen.getByText(/^Over 32 KB/)).toBeDefined();
  });

  it('needs a connection', async () => {
    const { server } = await subscribed();
    act(() => server.emit('disconnected', { code: 0, reason: '' }));
    expect(button('Publish').disabled).toBe(true);
    expect(screen.getByText('Connect to publish.')).toBeDefined();
  });
});

it('loads older messages and the users', async () => {
  const { user, server, publishNow } = await subscribed();
  publishNow(31);
  server.pages = [[publicationAt(30), publicationAt(29)], []];
  await user.click(button('Load older'));
  expect(await screen.findByText('text 29')).toBeDefined();
  await user.click(button('Load older'));
  await screen.findByText('The history starts here.');
  expect(lines().slice(0, 2)).toEqual(['historyoffset 29alice (you)text 29', 'historyoffset 30alice (you)text 30']);
  server.people = async () => ({ a: { client: 'a', user: 'alice' }, b: { client: 'b', user: 'bob' } });
  await user.click(button('Refresh the list of users'));
  const people = await screen.findByRole('region', { name: 'Users here: 2' });
  expect(
    within(people)
      .getAllByRole('listitem')
      .map((one) => one.textContent),
  ).toEqual(['alice (you)', 'bob']);
});

describe('ChannelsTab', () => {
  const show = (props: object) =>
    render(
      <ChannelsTab
        websocketUrl="wss://api.example/live"
        ticket={async () => ''}
        namespaces={namespaces}
        local={undefined}
        shown
        {...props}
      />,
    );

  // First, because the client is loaded only once.
  it('loads the client for channels', async () => {
    show({});
    expect(screen.getByRole('status').textContent).toBe('Loading…');
    expect(await screen.findByRole('button', { name: 'Subscribe' })).toBeDefined();
  });

  it('says that the app has no channels', async () => {
    show({ namespaces: [] });
    expect((await screen.findByRole('alert')).textContent).toMatch(/^The app has no channels.*channels\.go/);
  });

  it('says that tickets are off', async () => {
    show({ ticket: undefined });
    expect((await screen.findByRole('alert')).textContent).toMatch(/^Channels need tickets.*httpUrl/);
  });
});
