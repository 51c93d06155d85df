import type { Page, WebSocketRoute } from '@playwright/test';
import {
  browserErrors,
  connect,
  entries,
  expectAccessible,
  expectContrast,
  log,
  openSignedIn,
  send,
  signIn,
  signOut,
  status,
} from './console-page';
import { expect, test } from './fixtures';

// The log as a tool: details, filters, pins, and what survives a reload.

const order = (n: number) =>
  JSON.stringify({
    type: 'event',
    data: { name: 'order.created', order: `A-${n}`, items: [{ sku: 'x', count: n % 7 }], paid: n % 2 === 0 },
  });

/** Connects the page to a socket whose server is the test. */
async function connectToTest(page: Page, local: Parameters<typeof openSignedIn>[1], user: string) {
  let socket: WebSocketRoute | undefined;
  await page.routeWebSocket(/\/live$/, (made) => {
    socket = made;
  });
  await openSignedIn(page, local, user);
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await expect(status(page)).toContainText('Open');
  return { deliver: (text: string) => socket?.send(text) };
}

const detail = (page: Page, name: string) => page.getByRole('region', { name });
const search = (page: Page) => page.getByRole('searchbox', { name: 'Filter by text' });

test('a message: colours, folding, hits, its reply, edit and resend, and a command that works', async ({
  page,
  context,
  local,
  user,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const errors = browserErrors(page);
  await openSignedIn(page, local, user);
  const id = await connect(page);
  await send(page, '{"hello": {"deep": [1, true, null, "needle"]}}');
  const reply = entries(page, /Received echo.*needle/);
  await reply.click();
  const region = detail(page, 'Received echo');
  await expect(region.locator('.json-number')).toHaveText('1');
  await expect(region.locator('.json-boolean')).toHaveText('true');
  await expect(region.locator('.json-null')).toHaveText('null');
  await region.getByRole('button', { name: 'Fold deep, 4 elements' }).click();
  await expect(region).toContainText('"deep": [4 elements]');
  await expect(region).not.toContainText('needle');
  await region.getByRole('button', { name: 'Unfold deep, 4 elements' }).click();
  await expect(region).toContainText('needle');
  await region.getByRole('button', { name: 'Fold all' }).click();
  await expect(region).toContainText('"data": {1 member}');

  await search(page).fill('needle');
  await expect(region.locator('mark')).toHaveText('needle');
  await search(page).fill('$..deep[*] == "needle"');
  await expect(region.locator('.json-hit')).toHaveText('"needle"');
  await expectAccessible(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  await expectContrast(page);
  await search(page).fill('');

  await reply.hover();
  await expect(entries(page, /Sent message.*needle/)).toHaveClass(/row-paired/);
  await region.getByRole('button', { name: 'Show the request' }).click();
  const sent = detail(page, 'Sent message');
  await expect(sent).toContainText('needle');
  await sent.getByRole('button', { name: 'Show the reply' }).click();
  await expect(region).toBeVisible();

  await region.getByRole('button', { name: 'Copy as send.sh' }).click();
  await expect(region.getByText('Copied')).toBeVisible();
  const command = await page.evaluate(() => navigator.clipboard.readText());
  expect(command).toContain(`--connection=${id} /dev/stdin`);
  local.shell(command.replace('scripts/send.sh', 'bash scripts/send.sh'));
  await expect(entries(page, /Received echo.*needle/)).toHaveCount(2);

  await entries(page, /Sent message.*needle/).click();
  await sent.getByRole('button', { name: 'Edit and resend' }).click();
  const field = page.getByRole('textbox', { name: 'Message' });
  await expect(field).toBeFocused();
  await expect(field).toHaveValue('{"hello": {"deep": [1, true, null, "needle"]}}');
  await field.press('Control+Enter');
  await expect(entries(page, /Sent message.*needle/)).toHaveCount(2);
  expect(errors, 'console errors and CSP violations').toEqual([]);
});

test('filters by JSON path and by regular expression, names a mistake, and never freezes', async ({
  page,
  local,
  user,
}) => {
  const { deliver } = await connectToTest(page, local, user);
  for (let n = 0; n < 70; n++) deliver(order(n));
  deliver(`"${'a'.repeat(5000)}!"`);
  const count = page.locator('.messages .count');
  await expect(count).toHaveText('73');
  await search(page).fill('$.data.items[0].count >= 5');
  await expect(count).toHaveText('20 of 73');
  await search(page).fill('$.data.items[');
  await expect(search(page)).toHaveAccessibleDescription(/needs an index, a name in quotes or \* at character 14/);
  await expectAccessible(page);
  await search(page).fill('/"order":"A-\\d"/');
  await expect(count).toHaveText('10 of 73');
  await search(page).fill('/(/');
  await expect(search(page)).toHaveAccessibleDescription(/missing closing \)/);
  await search(page).fill('/(a+)+$/');
  await expect(count).toHaveText('0 of 73');
  await page.getByRole('button', { name: 'Show everything' }).click();
  await expect(count).toHaveText('73');
});

test('pauses, pins, wraps and shows relative times, by keyboard', async ({ page, local, user }) => {
  const { deliver } = await connectToTest(page, local, user);
  for (let n = 0; n < 40; n++) deliver(order(n));
  await expect(log(page)).toContainText('A-39');
  await page.getByRole('button', { name: 'Pause' }).press('Enter');
  for (let n = 40; n < 43; n++) deliver(order(n));
  await expect(page.getByRole('button', { name: 'Resume, 3 new' })).toBeVisible();
  await expect(log(page)).not.toContainText('A-42');
  await page.getByRole('button', { name: 'Resume, 3 new' }).press('Enter');
  await expect(log(page)).toContainText('A-42');

  const list = page.getByRole('listbox', { name: 'Lines' });
  await list.focus();
  await list.press('Home');
  await list.press('ArrowDown');
  await list.press('ArrowDown');
  await expect(detail(page, 'Received event')).toContainText('A-0');
  await list.press('p');
  const pinned = page.getByRole('list', { name: 'Pinned' });
  await expect(pinned).toContainText('A-0');
  await page.getByRole('button', { name: 'Clear', exact: true }).press('Enter');
  await expect(page.getByRole('button', { name: 'Clear', exact: true })).toBeFocused();
  await expect(pinned).toContainText('A-0');
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Undo clear' }).press('Enter');
  await expect(page.getByRole('button', { name: 'Clear', exact: true })).toBeFocused();
  await expect(page.locator('.messages .count')).toHaveText('45');
  await pinned.getByRole('button', { name: 'Unpin received event' }).press('Enter');
  await expect(pinned).toBeHidden();
  await page.getByRole('button', { name: 'Close message' }).press('Enter');
  await page.getByRole('button', { name: /jump to the end/i }).press('Enter');

  await page.getByRole('button', { name: 'View' }).press('Enter');
  await page.getByRole('combobox', { name: 'Time' }).selectOption('Time since the line before');
  await expect(page.locator('.row-time').last()).toHaveText(/^\+/);
  await page.getByRole('combobox', { name: 'Time' }).selectOption('Age');
  await expect(page.locator('.row-time').last()).toHaveText(/now|s$|min$/);
  deliver(JSON.stringify({ type: 'event', data: 'long '.repeat(50) }));
  await page.getByRole('checkbox', { name: 'Wrap lines' }).check();
  const row = entries(page, /long long/);
  await expect(row).toBeVisible();
  const cut = () => row.locator('.row-line').evaluate((line) => line.scrollHeight > line.clientHeight + 1);
  await expect.poll(cut, { message: 'the wrapped text is cut' }).toBe(false);
  await page.setViewportSize({ width: 360, height: 740 });
  await expect.poll(cut, { message: 'the wrapped text is cut on a phone' }).toBe(false);
  await page.reload();
  await page.getByRole('button', { name: 'View' }).click();
  await expect(page.getByRole('checkbox', { name: 'Wrap lines' })).toBeChecked();
});

test('a selected row stays in sight while messages come', async ({ page, local, user }) => {
  const { deliver } = await connectToTest(page, local, user);
  for (let n = 0; n < 60; n++) deliver(order(n));
  await expect(log(page)).toContainText('A-59');
  const row = entries(page, /A-50"/);
  await row.click();
  await expect(detail(page, 'Received event')).toContainText('A-50');
  for (let n = 60; n < 200; n++) deliver(order(n));
  await expect(page.getByRole('button', { name: /new, jump to the end/ })).toBeVisible();
  await expect(row).toBeInViewport({ ratio: 0.9 });
  await page.getByRole('button', { name: /jump to the end/ }).click();
  await expect(entries(page, /A-199"/)).toBeInViewport();
  deliver(order(200));
  await expect(entries(page, /A-200"/)).toBeInViewport();
});

test('the log survives a reload, for the same user only, and never with a token', async ({ page, local, user }) => {
  await signIn(page, local, user);
  await connect(page);
  const token = await local.token(user);
  await send(page, 'before the reload');
  await send(page, `{"jwt":"${token}","other":"ticket.abcdefgh"}`);
  await send(page, '{"action":"whoami"}');
  await expect(entries(page, /Received whoami/)).toHaveCount(2);
  await page.reload();
  await expect(entries(page, /Received echo.*before the reload/)).toBeVisible();
  await expect(log(page)).toContainText('The page was loaded again.');
  await entries(page, /Received whoami/)
    .last()
    .hover();
  await expect(entries(page, /Sent whoami/).last()).toHaveClass(/row-paired/);
  await expect(status(page)).toContainText('Not connected');

  await page.goto('about:blank');
  await page.goBack();
  await expect(log(page)).toContainText('before the reload');
  const kept = () => page.evaluate(() => JSON.stringify({ ...sessionStorage }));
  const signature = token.split('.')[2] ?? '';
  await page.evaluate(() => dispatchEvent(new Event('pagehide')));
  expect(await kept()).toContain('before the reload');
  expect((await kept()).split(signature).length - 1, 'the token in sessionStorage').toBe(0);
  expect(await kept()).not.toContain('abcdefgh');

  await signOut(page, 'here');
  expect(await kept()).not.toContain('before the reload');
  await page.reload();
  await expect(log(page)).toContainText('No messages yet.');
});

test('a message is saved under a name, and used after a reload, by keyboard', async ({ page, local, user }) => {
  await openSignedIn(page, local, user);
  const field = page.getByRole('textbox', { name: 'Message' });
  await field.fill('{"saved": 1}');
  await page.getByRole('button', { name: 'Saved' }).press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Saved messages' });
  await dialog.getByRole('textbox', { name: 'Name for the current message' }).fill('first');
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('textbox', { name: 'Rename first' })).toBeVisible();
  await expectAccessible(page);
  await page.emulateMedia({ colorScheme: 'dark' });
  await expectContrast(page);
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('button', { name: 'Saved' })).toBeFocused();
  await page.reload();
  await expect(field).toHaveValue('');
  await page.getByRole('button', { name: 'Saved' }).press('Enter');
  await dialog.getByRole('button', { name: 'Use first' }).press('Enter');
  await expect(field).toHaveValue('{"saved": 1}');
  await expect(field).toBeFocused();
});
