import { render, screen } from '@testing-library/react';
import { expect, it } from 'vitest';
import { lazyPart } from './lazy-part';

it('shows the part when its code is loaded', async () => {
  const Part = lazyPart(async () => ({ name }: { name: string }) => <p>part {name}</p>);
  render(<Part name="one" />);
  expect(await screen.findByText('part one')).toBeDefined();
});

it('says so, or shows the replacement, if the file is gone', async () => {
  const gone = () => Promise.reject(new TypeError('Failed to fetch dynamically imported module'));
  const Part = lazyPart(gone);
  render(<Part />);
  expect((await screen.findByRole('alert')).textContent).toBe('This part could not be loaded. Load the page again.');
  const Other = lazyPart(gone, () => <p>instead</p>);
  render(<Other />);
  expect(await screen.findByText('instead')).toBeDefined();
});
