import { render, screen } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { beforeEach, expect, it, vi } from 'vitest';
import { PushPanel } from './push-panel';

let ordered: [string, string][];
let answer: Response;

beforeEach(() => {
  ordered = [];
  answer = Response.json({ answer: { json: { sent: 1, gone: 0, failed: 0 }, size: 30 } });
  vi.stubGlobal('fetch', async (url: string, { body }: RequestInit) => {
    ordered.push([url, String(body)]);
    return answer;
  });
});

const connection = { connectedAt: 0, lastActiveAt: 0, received: 0, sent: 0, sourceIp: '127.0.0.1' };

function show(local = true, mine: readonly string[] = ['old=', 'own=']) {
  render(
    <PushPanel
      local={local}
      url={local ? 'ws://127.0.0.1:8081/live' : 'wss://a1.execute-api.eu-west-1.amazonaws.com/live'}
      outputs={undefined}
      connections={[
        { ...connection, id: 'own=', user: 'alice' },
        { ...connection, id: 'other=', user: 'bob' },
      ]}
      mine={mine}
    />,
  );
  return userEvent.setup();
}

const field = (name: string | RegExp) => screen.getByLabelText(name);
const button = (name: string) => screen.getByRole('button', { name });
const status = () => screen.getByRole('region', { name: 'Answer' }).textContent;

it('pushes to this page’s connection and shows the answer', async () => {
  const user = show();
  await user.click(button('Push'));
  expect(ordered).toEqual([
    ['/inspector/commands', '{"push":{"target":{"connection":"own="},"message":{"type":"event","data":"hello"}}}'],
  ]);
  expect(status()).toBe('The function answered: sent 1, gone 0, failed 0.{"sent":1,"gone":0,"failed":0}');
});

it.each([
  ['user', 'Name of the user', 'Anna Bo', '{"user":"Anna Bo"}'],
  ['channel', /^Channel/, ' chat:room1 ', '{"channel":"chat:room1"}'],
  ['all', undefined, '', '{"all":true}'],
])('pushes to the target %s', async (kind, label, text, target) => {
  const user = show();
  await user.selectOptions(field('To'), kind);
  if (label) {
    await user.type(field(label), text);
  }
  await user.clear(field('Message, as JSON'));
  await user.type(field('Message, as JSON'), '[[1.0]');
  await user.click(button('Push'));
  expect(ordered[0]?.[1]).toBe(`{"push":{"target":${target},"message":[1.0]}}`);
});

it('disconnects with a reason, but offers no channel', async () => {
  const user = show();
  await user.selectOptions(field('To'), 'channel');
  await user.click(field('Disconnect'));
  expect(screen.queryByRole('option', { name: /channel/ })).toBeNull();
  await user.type(field('Name of the user'), 'bob');
  await user.type(field(/^Reason/), 'Back at noon.');
  answer = Response.json({ answer: { json: { disconnected: 1, gone: 0, failed: 0 }, size: 38 } });
  await user.click(button('Disconnect'));
  expect(ordered[0]?.[1]).toBe('{"disconnect":{"target":{"user":"bob"},"reason":"Back at noon."}}');
  expect(status()).toContain('ended 1, gone 0, failed 0');
  expect(screen.getByText('scripts/send.sh --local --disconnect', { exact: false }).textContent).toBe(
    `scripts/send.sh --local --disconnect --reason='Back at noon.' --user=bob`,
  );
});

it('shows the refusal of the function, until the order changes', async () => {
  const user = show();
  answer = Response.json({ message: 'command_invalid: the message has 200000 bytes' }, { status: 422 });
  await user.click(button('Push'));
  expect(status()).toBe('command_invalid: the message has 200000 bytes');
  await user.type(field('Message, as JSON'), ' ');
  expect(status()).toBe('');
});

it.each([
  ['{"a"', /not JSON/],
  ['', /not JSON/],
])('does not push the message %j', async (text, problem) => {
  const user = show();
  await user.clear(field('Message, as JSON'));
  if (text) {
    await user.type(field('Message, as JSON'), text.replaceAll('{', '{{'));
  }
  expect(screen.getByText(problem)).toBeDefined();
  expect(button('Push')).toHaveProperty('disabled', true);
});

it('keeps an entered target when the page connects again', async () => {
  const user = show();
  await user.clear(field('Connection id'));
  await user.type(field('Connection id'), 'other=');
  await user.click(button('Push'));
  expect(ordered[0]?.[1]).toContain('{"connection":"other="}');
});

it('a deployed page shows only the command', async () => {
  const user = show(false);
  expect(screen.queryByRole('button', { name: 'Push' })).toBeNull();
  await user.selectOptions(field('To'), 'all');
  expect(screen.getByText(/send\.sh/).textContent).toBe(
    `echo '{"type":"event","data":"hello"}' | scripts/send.sh --all /dev/stdin`,
  );
  expect(ordered).toEqual([]);
});
