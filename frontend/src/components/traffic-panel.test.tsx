import { render, screen, within } from '@testing-library/react';
import { expect, it } from 'vitest';
import { Traffic } from '../conversation/traffic';
import { TrafficPanel } from './traffic-panel';

const figure = (name: string) => screen.getByText(name).closest('.figure')?.textContent;

it('has one row for each direction and for the round trips', () => {
  render(<TrafficPanel traffic={new Traffic()} />);
  expect(figure('Received')).toBe('Received0 messages0 B0 a second');
  expect(figure('Sent')).toBe('Sent0 messages0 B0 a second');
  expect(figure('Round trip')).toBe('Round trip–median –0 replies');
  expect(screen.queryByRole('table')).toBeNull();
});

it('uses singular, plural, and a comma between thousands; one sample is a dot', () => {
  const traffic = new Traffic();
  traffic.sent(1, Date.now());
  for (let count = 0; count < 1234; count++) {
    traffic.received(100, Date.now());
  }
  traffic.trip('whoami', 12);
  const { container } = render(<TrafficPanel traffic={traffic} />);
  expect(figure('Sent')).toContain('1 message1 B');
  expect(figure('Received')).toContain('1,234 messages120.5 KB');
  expect(figure('Round trip')).toBe('Round trip12 msmedian 12 ms1 reply');
  expect(container.querySelectorAll('.spark-dot')).toHaveLength(1);
});

it('has the round trips of each route', () => {
  const traffic = new Traffic();
  for (const [route, trip] of [
    ['whoami', 40],
    ['$default', 5],
    ['whoami', 20],
    ['whoami', 30],
    ['$default', 10],
  ] as const) {
    traffic.trip(route, trip);
  }
  render(<TrafficPanel traffic={traffic} />);
  const rows = within(screen.getByRole('table')).getAllByRole('row');
  expect(rows.map(({ textContent }) => textContent)).toEqual([
    'RouteLastMedianReplies',
    'whoami30 ms30 ms3',
    '$default10 ms7.5 ms2',
  ]);
});
