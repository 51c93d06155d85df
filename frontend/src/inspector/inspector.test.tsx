import { render, screen, waitFor, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { lambdaEvent, stateOf } from './fixtures';
import type { OpenConnection, State } from './inspector-api';
import { LocalInspector } from './local-inspector';

const open = (id: string, user: string): OpenConnection => ({
  id,
  user,
  connectedAt: 1000,
  lastActiveAt: 2000,
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
    return Response.json(url.includes('after') ? { ...state, events: [] } : state);
  });
});

async function show(mine?: string) {
  const user = userEvent.setup();
  const page = render(<LocalInspector shown mine={mine} />);
  await user.click(await screen.findByRole('button', { name: /^Local inspector/ }));
  await waitFor(() => expect(screen.getAllByRole('row')).toHaveLength(3));
  return { user, ...page };
}

const rows = () => screen.getAllByRole('group').map((row) => row.querySelector('summary')?.textContent);
const events = () => within(screen.getByRole('region', { name: /^Events/ }));
const failures = () => within(screen.getByRole('region', { name: 'Failures' }));

it('is absent on a deployed site', async () => {
  const { container } = render(<LocalInspector shown={undefined} mine="one" />);
  expect(container.textContent).toBe('');
});

it('sends no request until it is opened, and stays open after a reload', async () => {
  const fetched = vi.fn();
  vi.stubGlobal('fetch', fetched);
  const { unmount } = render(<LocalInspector shown mine={undefined} />);
  const toggle = await screen.findByRole('button', { name: /^Local inspector/ });
  expect(toggle.getAttribute('aria-expanded')).toBe('false');
  expect(fetched).not.toHaveBeenCalled();
  await userEvent.click(toggle);
  expect(fetched).toHaveBeenCalled();
  unmount();
  render(<LocalInspector shown mine={undefined} />);
  expect((await screen.findByRole('button', { name: /^Local inspector/ })).getAttribute('aria-expanded')).toBe('true');
});

describe('events', () => {
  it('shows the events of this page and those without a connection, newest first', async () => {
    await show('one');
    expect(rows()).toEqual([
      expect.stringMatching(/\$default1\.3 msansweredone$/),
      expect.stringMatching(/authorizer1\.3 msTrouble: errorString: Unauthorizedby the inspectorthree$/),
    ]);
  });

  it('filters by all connections or by one', async () => {
    const { user } = await show('one');
    const filter = events().getByRole('combobox');
    await user.selectOptions(filter, 'all');
    expect(rows()).toHaveLength(3);
    await user.selectOptions(filter, 'two');
    expect(rows()).toEqual([expect.stringContaining('cold, 41 ms')]);
    await user.click(screen.getByRole('button', { name: 'Clear events' }));
    expect(screen.getByText('No events yet.')).toBeDefined();
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
    const { user } = await show('two');
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
    const { user } = await show();
    const kill = failures().getByRole('button', { name: 'Kill the Lambda' });
    expect(document.getElementById(kill.getAttribute('aria-describedby') ?? '')?.textContent).toMatch(/cold start/);
    refusal = Response.json({ message: 'The connection is gone.' }, { status: 404 });
    await user.click(failures().getByRole('button', { name: 'Two-hour limit' }));
    expect(await screen.findByText('Two-hour limit: The connection is gone.')).toBeDefined();
  });

  it('shows waiting failures, and cancels them', async () => {
    state = { ...state, armed: { refuse: '', slow: 'one' } };
    const { user } = await show();
    expect(failures().getByText('Waiting for it.')).toBeDefined();
    expect(failures().getByText('Waiting for it on one.')).toBeDefined();
    await user.click(failures().getByRole('button', { name: 'Cancel waiting failures' }));
    expect(ordered[0]?.[0]).toBe('/inspector/actions/disarm');
  });

  it('disables the failures of a connection while none is open', async () => {
    state = { ...state, connections: [] };
    const user = userEvent.setup();
    render(<LocalInspector shown mine="one" />);
    await user.click(await screen.findByRole('button', { name: /^Local inspector/ }));
    expect(failures().getByRole('button', { name: 'Idle out' })).toHaveProperty('disabled', true);
    expect(failures().getByRole('button', { name: 'Kill the Lambda' })).toHaveProperty('disabled', false);
  });
});
