import { act, render, screen, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type Entry, noteEntry, sentEntry } from '../conversation/entry';
import { OpenedFile } from './opened-file';
import { sessionOf, textOf } from './session-file';
import { SessionTools } from './session-tools';

const entries = [noteEntry('Open', false), sentEntry('<img src=x onerror=alert(1)>', 'sent')].map((entry, id) => ({
  ...entry,
  id,
  at: 1000 + id,
})) as Entry[];
const text = textOf(sessionOf(entries, 0, 'https://console.example', 0));

let saved: Blob[];

beforeEach(() => {
  saved = [];
  vi.spyOn(URL, 'createObjectURL').mockImplementation((blob) => {
    saved.push(blob as Blob);
    return 'blob:1';
  });
  vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(() => {});
});

afterEach(() => {
  document.querySelector('.printed')?.remove();
});

const noFile = { opened: false, choose: () => {} };

function open(content: string, size?: number) {
  const file = new File([content], 'session.json', { type: 'application/json' });
  if (size !== undefined) {
    Object.defineProperty(file, 'size', { value: size });
  }
  render(<OpenedFile file={file} onClose={() => {}} />);
}

it('saves the log as a file that can be opened', async () => {
  render(<SessionTools entries={entries} dropped={3} file={noFile} />);
  await userEvent.click(screen.getByRole('button', { name: 'Save session' }));
  expect(JSON.parse((await saved[0]?.text()) ?? '')).toMatchObject({ version: 1, dropped: 3, lines: [{}, {}] });
});

it('saves nothing from an empty log', async () => {
  render(<SessionTools entries={[]} dropped={0} file={noFile} />);
  await userEvent.click(screen.getByRole('button', { name: 'Save session' }));
  expect(saved).toEqual([]);
});

it('shows an opened file as text, and closes it', async () => {
  open(text);
  const dialog = await screen.findByRole('dialog', { name: 'Saved session, read only' });
  expect(within(dialog).getAllByRole('row')).toHaveLength(3);
  expect(within(dialog).getByText('<img src=x onerror=alert(1)>')).toBeDefined();
  expect(dialog.querySelector('img')).toBeNull();
  expect(within(dialog).queryByRole('textbox')).toBeNull();
});

it.each([
  ['{', undefined, 'It is not JSON.'],
  [text, 65 << 20, 'The file is larger than 64 MB.'],
])('reports why a file cannot be opened', async (content, size, problem) => {
  open(content, size);
  expect((await screen.findByRole('alert')).textContent).toBe(problem);
});

it('renders all lines while the browser prints', async () => {
  render(<SessionTools entries={entries} dropped={0} file={noFile} />);
  act(() => void dispatchEvent(new Event('beforeprint')));
  expect(document.querySelectorAll('.printed tr')).toHaveLength(3);
  act(() => void dispatchEvent(new Event('afterprint')));
  expect(document.querySelector('.printed')).toBeNull();
});
