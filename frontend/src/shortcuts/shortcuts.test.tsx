import { fireEvent, render, screen, waitFor, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { beforeEach, expect, it, vi } from 'vitest';
import { matching, pageCommands } from './page-commands';
import { Shortcuts } from './shortcuts';

const pressed = vi.fn();

function Page() {
  return (
    <>
      <Shortcuts />
      <section aria-label="Connection">
        <button type="button" onClick={() => pressed('connect')}>
          Connect
        </button>
        <button type="button" disabled>
          Try now
        </button>
        <button type="button" aria-label="Copy address" />
        <button type="button">
          <b>Local inspector</b>
          <span>events and failures</span>
        </button>
      </section>
      <form aria-label="Message">
        <label>
          Text <textarea />
        </label>
        <select aria-label="Template" defaultValue="" onChange={({ target }) => pressed(target.value)}>
          <option value="">Template</option>
          <option value="ping">ping</option>
        </select>
      </form>
    </>
  );
}

beforeEach(() => {
  pressed.mockReset();
  // happy-dom has no layout.
  vi.spyOn(HTMLElement.prototype, 'checkVisibility').mockReturnValue(true);
  Element.prototype.scrollIntoView ??= () => {};
  return () => localStorage.clear();
});

function show() {
  render(<Page />);
  return userEvent.setup();
}

const names = () => pageCommands().map(({ group, name }) => `${group}: ${name}`);
/** Returns the dialog when its content is loaded. */
async function palette() {
  await screen.findByRole('listbox', { name: 'Commands found' });
  return screen.getByRole('dialog', { name: 'Commands' });
}
async function keys() {
  await screen.findByText('Find and run a command');
  return screen.getByRole('dialog', { name: 'Keys' });
}

// First, because the list is loaded only once.
it('the commands keep the text and the keys that are entered before their list is loaded', async () => {
  show();
  fireEvent.keyDown(document.body, { key: 'k', ctrlKey: true });
  const field = screen.getByRole('combobox', { name: 'Find a command' });
  fireEvent.change(field, { target: { value: 'con' } });
  fireEvent.keyDown(field, { key: 'ArrowDown' });
  fireEvent.keyDown(field, { key: 'Enter' });
  fireEvent.keyDown(field, { key: 'ArrowDown' }); // too late
  expect(screen.getByRole('status').textContent).toBe('Loading…');
  expect(pressed).not.toHaveBeenCalled();
  await waitFor(() => expect(screen.queryByRole('dialog')).toBeNull());
  // "Connect" is first, "Keys and commands" is another, and the second one is wanted.
  await waitFor(() => expect(document.activeElement?.getAttribute('aria-label')).toBe('Copy address'));
});

it('the commands are the controls that can be used', () => {
  show();
  expect(names()).toEqual([
    ': Keys and commands',
    'Connection: Connect',
    'Connection: Copy address',
    'Connection: Local inspector events and failures',
    'Message: Go to Text',
    'Message: Template: ping',
  ]);
});

it('matching finds commands by their words', () => {
  show();
  const found = (text: string) => matching(pageCommands(), text).map(({ name }) => name);
  expect(found('CONN addr')).toEqual(['Copy address']);
  expect(found('')).toHaveLength(6);
  expect(found('co').slice(0, 3), 'names that begin with it are first').toEqual([
    'Connect',
    'Copy address',
    'Keys and commands',
  ]);
  expect(found('nothing')).toEqual([]);
});

it('matching prefers names that begin with one of the words', () => {
  const named = (name: string, id: number) => ({ id, group: 'Connection', name, run: () => {} });
  const found = matching(['Details', 'Connect'].map(named), 'connection connect');
  expect(found.map(({ name }) => name)).toEqual(['Connect', 'Details']);
});

it.each(['{Control>}k{/Control}', '{Meta>}k{/Meta}'])('%s opens the commands, and Enter runs one', async (shortcut) => {
  const user = show();
  await user.keyboard(shortcut);
  const dialog = within(await palette());
  const field = dialog.getByRole('combobox', { name: 'Find a command' });
  await user.type(field, 'ping');
  expect(dialog.getByRole('option', { selected: true }).id).toBe(field.getAttribute('aria-activedescendant'));
  await user.keyboard('{Enter}');
  await waitFor(() => expect(pressed).toHaveBeenCalledExactlyOnceWith('ping'));
  expect(screen.queryByRole('dialog')).toBeNull();
});

it('the commands ignore the keys of an input method, and a key that is still held', async () => {
  const user = show();
  await user.keyboard('{Control>}k{/Control}');
  const dialog = within(await palette());
  const field = dialog.getByRole('combobox');
  fireEvent.keyDown(field, { key: 'Enter', isComposing: true });
  fireEvent.keyDown(field, { key: 'Enter', keyCode: 229 });
  fireEvent.keyDown(field, { key: 'Enter', repeat: true });
  fireEvent.keyDown(field, { key: 'ArrowDown', isComposing: true });
  expect(dialog.getByRole('option', { selected: true }).textContent).toBe('Keys and commands');
  fireEvent.keyDown(field, { key: 'ArrowDown', repeat: true });
  fireEvent.keyDown(field, { key: 'Enter' });
  await waitFor(() => expect(pressed).toHaveBeenCalledExactlyOnceWith('connect'));
});

it('the commands report that a closed part of the page has more', async () => {
  const user = show();
  await user.keyboard('{Control>}k{/Control}');
  const dialog = within(await palette());
  await user.type(dialog.getByRole('combobox'), 'second');
  expect(dialog.getByRole('status').textContent).toContain('Open a closed part, such as Details or View');
});

it('the arrow keys select a command, from the last to the first', async () => {
  const user = show();
  await user.keyboard('{Control>}k{/Control}');
  const dialog = within(await palette());
  await user.click(dialog.getByRole('combobox'));
  await user.keyboard('{ArrowUp}{ArrowDown}{ArrowDown}{Enter}');
  await waitFor(() => expect(pressed).toHaveBeenCalledExactlyOnceWith('connect'));
});

it('? shows the keys, but not in a field, and not if it is off', async () => {
  const user = show();
  await user.type(screen.getByRole('textbox', { name: 'Text' }), '?');
  expect(screen.queryByRole('dialog')).toBeNull();
  screen.getByRole('button', { name: 'Connect' }).focus();
  await user.keyboard('?');
  await user.click(within(await keys()).getByRole('checkbox', { name: 'The key ? opens this list' }));
  await user.click(within(await keys()).getByRole('button', { name: 'Close' }));
  expect(screen.queryByRole('dialog')).toBeNull();
  await user.keyboard('?');
  expect(screen.queryByRole('dialog'), 'the key is off').toBeNull();
  await user.click(screen.getByRole('button', { name: 'Keys and commands' }));
  await user.click(within(await keys()).getByRole('button', { name: 'Find a command' }));
  expect(await palette()).toBeDefined();
});
