import { render, screen, within } from '@testing-library/react';
import { expect, it, vi } from 'vitest';
import type { Queue } from './inspector-api';
import { QueueView } from './queue-view';

const sentAt = new Date(2026, 0, 1, 12, 0, 0).getTime();

const queues: readonly Queue[] = [
  {
    name: 'work.fifo',
    maxReceives: 50,
    waiting: 1,
    inFlight: 1,
    moreGroups: 3,
    groups: [
      {
        group: 'a-long-name-of-a-group',
        waiting: 1,
        inFlight: 1,
        messages: [
          { id: '1', receives: 2, sentAt, visibleAt: sentAt + 60_000, body: { json: { publish: 1 }, size: 13 } },
          { id: '2', receives: 0, sentAt, body: { text: 'no JSON', size: 7 } },
        ],
      },
    ],
  },
  { name: 'dead.fifo', deadLettersOf: 'work.fifo', waiting: 0, inFlight: 0, groups: [], moreGroups: 0 },
];

it('shows the messages with their attempts, and the dead letters', async () => {
  vi.stubGlobal('fetch', async () => Response.json({ queues }));
  const { unmount } = render(<QueueView />);
  const messages = within(await screen.findByRole('region', { name: 'Messages' }));
  expect(
    messages.getByText(/^1 waiting, 1 in flight, 4 groups; a message becomes a dead letter after 50/),
  ).toBeDefined();
  const [first, second] = messages.getAllByRole('row').slice(1);
  expect(first?.textContent).toBe('a-long-n12:00:00212:01:00{"publish":1}');
  expect(second?.textContent).toBe('a-long-n12:00:000as soon as possibleno JSON');
  const dead = within(screen.getByRole('region', { name: 'Dead letters' }));
  expect(dead.getByText(/^0 waiting/)).toBeDefined();
  expect(dead.queryByRole('table')).toBeNull();
  unmount();
});

it('says that the local run does not answer, until it does', async () => {
  const answers = [Response.json({ message: 'no' }, { status: 500 }), Response.json({ queues })];
  vi.stubGlobal('fetch', async () => answers.shift() ?? Response.json({ queues }));
  render(<QueueView />);
  expect(await screen.findByRole('alert')).toBeDefined();
  expect(await screen.findByRole('region', { name: 'Messages' }, { timeout: 60_000 })).toBeDefined();
  expect(screen.queryByRole('alert')).toBeNull();
});
