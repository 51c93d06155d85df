import { render, screen } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { describe, expect, it } from 'vitest';
import { MessageBody } from './message-body';

describe('MessageBody', () => {
  it.each([
    ['one line', 'hello', 'hello'],
    ['twenty lines', 'x\n'.repeat(19), 'x\n'.repeat(19)],
    ['nothing', '', 'empty'],
  ])('shows %s in full', (_, text, shown) => {
    const { container } = render(<MessageBody text={text} />);
    expect(container.textContent).toBe(shown);
    expect(screen.queryByRole('button')).toBeNull();
  });

  it.each([
    ['a long text', 'é'.repeat(2048), `${'é'.repeat(1500)}…`, 'Show all, 4.0 KB'],
    ['many lines', 'x\n'.repeat(21), `${'x\n'.repeat(19)}x…`, 'Show all, 42 B'],
  ])('shows the beginning of %s, and all of it on demand', async (_, text, beginning, label) => {
    const user = userEvent.setup();
    const { container } = render(<MessageBody text={text} />);
    const shown = () => container.querySelector('pre')?.textContent;
    expect(shown()).toBe(beginning);
    await user.click(screen.getByRole('button', { name: label, expanded: false }));
    expect(shown()).toBe(text);
    await user.click(screen.getByRole('button', { name: 'Show less', expanded: true }));
    expect(shown()).toBe(beginning);
  });
});
