import type { Page } from '@playwright/test';
import { connect, handshakes, openSignedIn, status } from './console-page';
import { expect, test } from './fixtures';
import { type Local, root } from './local';

// The trace id leads from the page to the lines of the server's log.

/** Returns the function's log lines of a run that have this text, as soon as there are so many. */
async function linesWith(local: Local, text: string, many: number): Promise<Record<string, unknown>[]> {
  const find = () => local.log.split('\n').filter((line) => line.includes(text) && line.includes(']: {'));
  await expect.poll(() => find().length).toBeGreaterThanOrEqual(many);
  return find().map((line) => JSON.parse(line.slice(line.indexOf(']: {') + 3)));
}

async function traceOf(page: Page): Promise<string> {
  const shown = page.getByRole('region', { name: 'Connection' }).getByTestId('trace').first();
  await expect(shown).toHaveText(/^[0-9a-f]{32}$/);
  return (await shown.textContent()) ?? '';
}

test('a refused handshake shows the trace id of its line', async ({ page, local }) => {
  const sent = await handshakes(page);
  await page.goto(local.outputs.siteUrl);
  await page.getByRole('button', { name: 'Connect without a token' }).click();
  await expect(status(page)).toContainText('Refused');
  const trace = await traceOf(page);
  expect(sent.at(-1)?.['Sec-WebSocket-Protocol']).toBe(`sallyport.v1, trace.${trace}`);
  expect(await linesWith(local, trace, 1)).toMatchObject([
    { route: 'authorizer', outcome: 'refused', code: 'no_credential', trace },
  ]);
});

test('all lines of a connection have its trace id, and a new connection has another one', async ({
  page,
  local,
  user,
}) => {
  await openSignedIn(page, local, user);
  const id = await connect(page);
  const trace = await traceOf(page);
  const lines = await linesWith(local, trace, 4);
  expect(lines.slice(0, 4).map(({ route }) => route)).toEqual(['POST /tickets', 'authorizer', '$connect', 'whoami']);
  expect(new Set(lines.map((line) => line.trace))).toEqual(new Set([trace]));

  const command = 'c0ffee00c0ffee00c0ffee00c0ffee00';
  const printed = await local.script(
    'send.sh',
    `--user=${user}`,
    `--trace=${command}`,
    `${root}/scripts/messages/2-event.json`,
  );
  expect(printed).toContain(`sent 1, gone 0, failed 0, trace ${command}`);
  expect(await linesWith(local, command, 1)).toMatchObject([
    { route: 'push', sent: 1, trace: command, connectionTraces: [trace] },
  ]);

  await page.getByRole('button', { name: /^Local inspector/ }).click();
  const inspector = page.getByRole('region', { name: 'Local inspector' });
  await inspector.getByRole('searchbox', { name: 'Trace' }).fill(trace);
  await expect(inspector.getByRole('group').filter({ hasText: 'push' })).toHaveCount(1);
  await expect(inspector.getByRole('group').filter({ hasText: 'authorizer' })).toHaveCount(1);

  await local.disconnect({ connection: id }, 'Again.');
  await expect(status(page).first()).not.toContainText('Open');
  await connect(page);
  const again = await traceOf(page);
  expect(again).not.toBe(trace);
  expect((await linesWith(local, again, 2)).slice(0, 2).map(({ route }) => route)).toEqual([
    'POST /tickets',
    'authorizer',
  ]);
});
