import { render, screen, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { routes } from '../../../lambda/contract/testdata/contract';
import { Composer } from './composer';

const templates = routes.map(({ action, example, fields }) => ({ name: action ?? '$default', text: example, fields }));

beforeEach(() => {
  localStorage.removeItem('saved');
  sessionStorage.removeItem('sent');
});

function show() {
  const user = userEvent.setup();
  const onSend = vi.fn(() => 'sent' as const);
  render(<Composer templates={templates} user="alice" sendState="sent" onSend={onSend} />);
  return { user, onSend };
}

const message = () => screen.getByRole<HTMLTextAreaElement>('textbox', { name: 'Message' });
const choose = (user: ReturnType<typeof userEvent.setup>, name: string) =>
  user.selectOptions(screen.getByRole('combobox', { name: 'Template' }), name);

describe('the form of a route', () => {
  it('has an input for each field, which changes the message', async () => {
    const { user, onSend } = show();
    await choose(user, 'price');
    const form = within(await screen.findByRole('group', { name: 'Fields of price' }));
    await user.selectOptions(form.getByRole('combobox', { name: 'gift' }), 'true');
    expect(JSON.parse(message().value)).toEqual({
      action: 'price',
      lines: [],
      'two words': {},
      extra: null,
      gift: true,
    });
    const lines = form.getByRole<HTMLInputElement>('textbox', { name: 'lines' });
    await user.clear(lines);
    expect(lines.getAttribute('aria-invalid')).toBe('true');
    expect(form.getByText('not a JSON value')).toBeDefined();
    await user.paste('[{"sku":"a"}]');
    expect(lines.getAttribute('aria-invalid')).toBe('false');
    expect(JSON.parse(message().value)).toMatchObject({ lines: [{ sku: 'a' }], gift: true });
    await user.click(screen.getByRole('button', { name: 'Send' }));
    expect(onSend).toHaveBeenCalledWith(expect.stringContaining('"sku":"a"'));
  });

  it('follows the message, and is not there for another route', async () => {
    const { user } = show();
    await user.click(message());
    await user.paste('{"action":"buy","extra":7}');
    const form = within(await screen.findByRole('group', { name: 'Fields of buy' }));
    expect(form.getByRole<HTMLInputElement>('textbox', { name: 'extra' }).value).toBe('7');
    expect(form.getByRole<HTMLInputElement>('textbox', { name: 'lines' }).value).toBe('');
    await choose(user, 'ping');
    expect(screen.queryByRole('group')).toBeNull();
  });
});

it('marks the end of a name that is too long for a list', () => {
  const names = ['n'.repeat(80), 'm'.repeat(81)];
  render(
    <Composer
      templates={names.map((name) => ({ name, text: name }))}
      user="alice"
      sendState="sent"
      onSend={() => 'sent'}
    />,
  );
  const options = within(screen.getByRole('combobox', { name: 'Template' })).getAllByRole('option');
  expect(options.map(({ textContent }) => textContent)).toEqual([names[0], `${'m'.repeat(79)}…`]);
});

describe('saved messages', () => {
  it('are saved, used, renamed and deleted, and sending is something else', async () => {
    const { user, onSend } = show();
    await user.click(message());
    await user.paste('{"action":"refresh","token":"secret"}');
    await user.click(screen.getByRole('button', { name: 'Saved' }));
    await user.type(await screen.findByRole('textbox', { name: 'Name for the current message' }), 'mine{Enter}');
    const dialog = within(screen.getByRole('dialog', { name: 'Saved messages' }));
    expect(onSend).not.toHaveBeenCalled();
    expect(localStorage.getItem('saved')).toContain('mine');
    expect(localStorage.getItem('saved')).not.toContain('secret');
    const name = dialog.getByRole('textbox', { name: 'Rename mine' });
    await user.clear(name);
    await user.type(name, 'yours{Enter}');
    await user.click(await dialog.findByRole('button', { name: 'Use yours' }));
    expect(message().value).toBe('{"action":"refresh","token":"…"}');
    expect(message(), 'the dialog is closed').toBe(document.activeElement);
    await user.click(screen.getByRole('button', { name: 'Saved' }));
    await user.click(await screen.findByRole('button', { name: 'Delete yours' }));
    expect(screen.getByText(/^No messages are saved/)).toBeDefined();
    expect(localStorage.getItem('saved')).toBe('[]');
  });
});
