import { act, fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { eventHash } from './event-link';
import { lambdaEvent, stateOf } from './fixtures';
import type { OpenConnection, State } from './inspector-api';
import { LocalInspector } from './local-inspector';
import { OwnConnections } from './own-connections';

const open = (id: string, user: string): OpenConnection => ({
  id,
  user,
  connectedAt: 1000,
  lastActiveAt: 2000,
  sourceIp: '127.0.0.1',
  received: 3,
  sent: 4,
});

let state: State;
let ordered: [string, unknown][];
let refusal: Response | undefined;

beforeEach(() => {
  ordered = [];
  refusal = undefined;
  state = stateOf({
    connections: [open('one', 'alice'), open('two', 'bob')],
    events: [
      lambdaEvent({
        id: 1,
        kind: 'authorizer',
        error: 'errorString: Unauthorized',
        connectionId: 'three',
        failure: 'expire',
      }),
      lambdaEvent({
        id: 2,
        connectionId: 'two',
        init: 41.2,
        event: { json: { body: 'hello' }, size: 16 },
        answer: { json: { statusCode: 200, body: '{"a":1}' }, size: 18 },
        log: ['START', 'a line'],
      }),
      lambdaEvent({ id: 3, connectionId: 'one', at: 2000, event: { text: '{"long', size: 99_999 } }),
    ],
  });
  vi.stubGlobal('fetch', async (url: string, request: RequestInit) => {
    if (request.method === 'POST') {
      ordered.push([url, JSON.parse(String(request.body))]);
      return refusal ?? new Response(null, { status: 204 });
    }
    if (url === '/inspector/counts') {
      const counts = [3, 5, 2].map((connections, at) => ({ at, connections, users: 1 }));
      return Response.json({ every: 2000, counts });
    }
    return Response.json(url.includes('after') ? { ...state, events: [] } : state);
  });
});

function drawer(...mine: string[]) {
  const own = new OwnConnections();
  for (const id of mine) {
    own.add(id);
  }
  return <LocalInspector place="drawer" own={own} url="ws://127.0.0.1:8081/live" outputs={undefined} />;
}

const toggle = () => screen.findByRole('button', { name: /^Local inspector/ });

async function show(...mine: string[]) {
  const user = userEvent.setup();
  const page = render(drawer(...mine));
  await user.click(await toggle());
  await waitFor(() => expect(screen.getAllByRole('row')).toHaveLength(3));
  return { user, ...page };
}

async function showFailures(...mine: string[]) {
  const page = await show(...mine);
  await page.user.click(screen.getByRole('tab', { name: 'Failures' }));
  return page;
}

const rows = () => screen.getAllByRole('group').map((row) => row.querySelector('summary')?.textContent);
const events = () => within(screen.getByRole('region', { name: /^Events/ }));
const failures = () => within(screen.getByRole('region', { name: 'Failures' }));

it('sends no request until it is opened, and stays open after a reload', async () => {
  const fetched = vi.fn();
  vi.stubGlobal('fetch', fetched);
  const { unmount } = render(drawer());
  expect((await toggle()).getAttribute('aria-expanded')).toBe('false');
  expect(fetched).not.toHaveBeenCalled();
  await userEvent.click(await toggle());
  expect(fetched).toHaveBeenCalled();
  unmount();
  render(drawer());
  expect((await toggle()).getAttribute('aria-expanded')).toBe('true');
});

it('a narrow page has the events as the first view', async () => {
  render(<LocalInspector place="tab" own={new OwnConnections()} url="ws://127.0.0.1:8081/live" outputs={undefined} />);
  await waitFor(() => expect(rows()).toHaveLength(3));
  expect(screen.getAllByRole('tab').map(({ textContent }) => textContent)).toEqual([
    'Events',
    'Connections',
    'Push',
    'Queue',
    'Failures',
  ]);
  expect(screen.queryByRole('separator')).toBeNull();
});

describe('the height of the drawer', () => {
  const separator = () => screen.getByRole('separator', { name: 'Height of the inspector' });
  const height = () => separator().getAttribute('aria-valuenow');

  it('changes with the keys, and survives a reload', async () => {
    const { user, unmount } = await show();
    expect(height()).toBe('45');
    separator().focus();
    await user.keyboard('{ArrowUp}{ArrowUp}{PageDown}');
    expect(height()).toBe('39');
    expect(separator().getAttribute('aria-valuetext')).toBe('39 percent of the window');
    await user.keyboard('{End}');
    expect(height()).toBe(separator().getAttribute('aria-valuemax'));
    unmount();
    render(drawer());
    await toggle();
    expect(height()).toBe('85');
  });

  it('follows the pointer, and a double click resets it', async () => {
    await show();
    const edge = separator();
    let captured = false;
    edge.setPointerCapture = () => {
      captured = true;
    };
    edge.hasPointerCapture = () => captured;
    fireEvent.pointerMove(edge, { clientY: 10 });
    expect(height()).toBe('45');
    fireEvent.pointerDown(edge);
    fireEvent.pointerMove(edge, { clientY: innerHeight * 0.7 });
    expect(height()).toBe('30');
    fireEvent.doubleClick(edge);
    expect(height()).toBe('45');
  });

  it.each(['x', '1e9', ''])('ignores a stored height that is not valid: %j', async (text) => {
    localStorage.setItem('inspector-height', text);
    await show();
    expect(Number(height())).toBeLessThanOrEqual(85);
    expect(Number(height())).toBeGreaterThanOrEqual(15);
  });
});

describe('a link to an event', () => {
  const follow = (id: number) =>
    act(() => {
      location.hash = eventHash(id);
      dispatchEvent(new Event('hashchange'));
    });

  it('opens the drawer and the event, whose line gets the focus', async () => {
    render(drawer('one'));
    await toggle();
    follow(1);
    await waitFor(() => expect(document.activeElement?.textContent).toContain('#1'));
    expect(document.activeElement?.closest('details')?.open).toBe(true);
    expect(location.hash).toBe('');
  });

  it('shows all events if the filter hides the event, and works a second time', async () => {
    const { user } = await show('one');
    await user.selectOptions(events().getByRole('combobox'), 'mine');
    expect(rows()).toHaveLength(1);
    for (const id of [2, 2]) {
      (await toggle()).focus();
      follow(id);
      await waitFor(() => expect(document.activeElement?.textContent).toContain('#2'));
    }
    expect(rows()).toHaveLength(3);
  });

  it('reports an event that is not here', async () => {
    await show('one');
    follow(77);
    expect(await screen.findByText(/^Event 77 is not here/)).toBeDefined();
  });
});

it('shows who is connected, and the numbers over time', async () => {
  await show('two');
  const list = within(screen.getByRole('region', { name: 'Connected: 2 connections of 2 users' }));
  expect(list.getAllByRole('row').map(({ textContent }) => textContent)).toEqual([
    'UserConnectionSinceSourceMessages',
    expect.stringMatching(/^aliceone.*127\.0\.0\.1 3 in, 4 out$/),
    expect.stringMatching(/^bobtwo \(mine\).*3 in, 4 out$/),
  ]);
  expect(await list.findByText('at most 5')).toBeDefined();
  expect(list.getByText('Connections, 10 min').parentElement?.textContent).toMatch(/2at most 5$/);
});

describe('events', () => {
  it('shows all events with their numbers, newest first', async () => {
    await show('one');
    expect(rows()).toEqual([
      expect.stringMatching(/^#3.*\$default1\.3 msansweredone$/),
      expect.stringMatching(/^#2.*status 200cold, 41 mstwo$/),
      expect.stringMatching(/^#1.*authorizer1\.3 msTrouble: errorString: Unauthorizedby the inspectorthree$/),
    ]);
  });

  it('filters by this page’s connections or by one', async () => {
    const { user } = await show('one');
    const filter = events().getByRole('combobox');
    await user.selectOptions(filter, 'mine');
    expect(rows()).toEqual([expect.stringMatching(/^#3/)]);
    await user.selectOptions(filter, 'two');
    expect(rows()).toEqual([expect.stringMatching(/^#2.*cold, 41 ms/)]);
    await user.click(screen.getByRole('button', { name: 'Clear events' }));
    expect(screen.getByText('No events of this selection yet.')).toBeDefined();
  });

  it('shows the details of an opened event', async () => {
    const { user } = await show();
    const [newest, cold] = screen.getAllByRole('group');
    await user.click(newest?.querySelector('summary') as Element);
    expect(await within(newest as HTMLElement).findByText('{"long')).toBeDefined();
    expect(newest?.textContent).toContain('only the beginning');
    await user.click(cold?.querySelector('summary') as Element);
    expect(await within(cold as HTMLElement).findByText('{"body":"hello"}')).toBeDefined();
    expect(cold?.textContent).toContain('Answer, 18 B{"statusCode":200,"body":"{\\"a\\":1}"}Its body{"a":1}Log');
    expect(cold?.textContent).toContain('START\na line');
  });
});

describe('failures', () => {
  it('injects into this page’s connection unless another is selected', async () => {
    const { user } = await showFailures('two');
    await user.click(failures().getByRole('button', { name: 'Idle out' }));
    await user.selectOptions(failures().getByRole('combobox'), 'one');
    await user.click(failures().getByRole('button', { name: 'Gone on push' }));
    expect(ordered).toEqual([
      ['/inspector/actions/idle', { connectionId: 'two' }],
      ['/inspector/actions/gone', { connectionId: 'one' }],
    ]);
    expect(await screen.findByText('Gone on push: done.')).toBeDefined();
  });

  it('describes the effect, and reports a refusal', async () => {
    const { user } = await showFailures();
    const kill = failures().getByRole('button', { name: 'Kill the function' });
    expect(document.getElementById(kill.getAttribute('aria-describedby') ?? '')?.textContent).toMatch(/cold start/);
    refusal = Response.json({ message: 'The connection is gone.' }, { status: 404 });
    await user.click(failures().getByRole('button', { name: 'Two-hour limit' }));
    expect(await screen.findByText('Two-hour limit: The connection is gone.')).toBeDefined();
  });

  it('shows waiting failures, and cancels them', async () => {
    state = { ...state, armed: { refuse: '', slow: 'one' } };
    const { user } = await showFailures();
    expect(failures().getByText('Waiting for it.')).toBeDefined();
    expect(failures().getByText('Waiting for it on one.')).toBeDefined();
    await user.click(failures().getByRole('button', { name: 'Cancel failures' }));
    expect(ordered[0]?.[0]).toBe('/inspector/actions/disarm');
  });

  it('disables the failures of a connection while none is open', async () => {
    state = { ...state, connections: [] };
    const user = userEvent.setup();
    render(drawer('one'));
    await user.click(await toggle());
    await user.click(screen.getByRole('tab', { name: 'Failures' }));
    expect(failures().getByRole('button', { name: 'Idle out' })).toHaveProperty('disabled', true);
    expect(failures().getByRole('button', { name: 'Kill the function' })).toHaveProperty('disabled', false);
  });
});
