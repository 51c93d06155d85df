import { render, screen } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { expect, it, vi } from 'vitest';
import { lazyDialog, lazyPart } from './lazy-part';
import { Modal } from './modal';

const gone = () => Promise.reject(new TypeError('Failed to fetch dynamically imported module'));

it('shows the part when its code is loaded', async () => {
  const Part = lazyPart(async () => ({ name }: { name: string }) => <p>part {name}</p>);
  render(<Part name="one" />);
  expect(await screen.findByText('part one')).toBeDefined();
});

it('says so, or shows the replacement, if the file is gone', async () => {
  const Part = lazyPart(gone);
  render(<Part />);
  expect((await screen.findByRole('alert')).textContent).toBe('This part could not be loaded. Load the page again.');
  const Other = lazyPart(
    gone,
    () => <p>waiting</p>,
    () => <p>instead</p>,
  );
  render(<Other />);
  expect(screen.getByText('waiting')).toBeDefined();
  expect(await screen.findByText('instead')).toBeDefined();
});

it('loads again when it is shown again', async () => {
  const load = vi.fn(async () => () => <p>the part</p>).mockImplementationOnce(gone);
  const Part = lazyPart(load);
  const { unmount } = render(<Part />);
  expect(await screen.findByRole('alert')).toBeDefined();
  unmount();
  render(<Part />);
  expect(await screen.findByText('the part')).toBeDefined();
});

it('opens a dialog before its content is loaded', async () => {
  const onClose = vi.fn();
  let arrive = () => {};
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  const Dialog = lazyDialog('Words', async () => {
    await arrived;
    return () => (
      <Modal title="Words" onClose={onClose}>
        the content
      </Modal>
    );
  });
  render(<Dialog onClose={onClose} />);
  expect(screen.getByRole('dialog', { name: 'Words' }).textContent).toContain('Loading…');
  await userEvent.click(screen.getByRole('button', { name: 'Close' }));
  expect(onClose).toHaveBeenCalledOnce();
  arrive();
  expect(await screen.findByText('the content')).toBeDefined();
  expect(screen.getAllByRole('dialog')).toHaveLength(1);
  expect(onClose, 'the exchange of the dialogs closes nothing').toHaveBeenCalledOnce();
});

it('shows in a dialog that its file is absent', async () => {
  const Dialog = lazyDialog('Words', gone);
  render(<Dialog onClose={() => {}} />);
  expect((await screen.findByRole('alert')).textContent).toMatch(/could not be loaded/);
  expect(screen.getByRole('dialog', { name: 'Words' })).toBeDefined();
});
