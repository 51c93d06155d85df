import { act, render, screen } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { expect, it } from 'vitest';
import { noteEntry } from '../conversation/entry';
import { Log } from '../conversation/log';
import { sessionOf, textOf } from '../session-file/session-file';
import { MessageLog } from './message-log';

it('keeps the file of a session open when the first message comes', async () => {
  const log = new Log();
  render(<MessageLog log={log} state="open" target={undefined} onEdit={() => {}} />);
  expect(screen.getByRole('button', { name: 'Open session file' })).toBeDefined();
  const text = textOf(sessionOf([], 0, 'https://console.example', 0));
  await userEvent.upload(screen.getByLabelText('File of a session'), new File([text], 'session.json'));
  const dialog = await screen.findByRole('dialog', { name: 'Saved session, read only' });
  act(() => void log.add(noteEntry('Open', false)));
  expect(await screen.findByRole('searchbox', { name: 'Filter by text' }), 'the tools of the log').toBeDefined();
  expect(screen.getByRole('dialog', { name: 'Saved session, read only' })).toBe(dialog);
});
