import { browserErrors, checkSizes, hold, log, openSignedIn, status } from './console-page';
import { expect, test } from './fixtures';

// The dialogs for the keys and the commands, by keyboard only.

test('the keys: shown, trapped, closed', async ({ page, local, user }) => {
  const errors = browserErrors(page);
  await openSignedIn(page, local, user);
  const connect = page.getByRole('button', { name: 'Connect', exact: true });
  await connect.focus();
  await page.keyboard.press('?');
  const dialog = page.getByRole('dialog', { name: 'Keys' });
  await expect(dialog).toContainText('Find and run a command');
  await checkSizes(page, 'keys');

  const outside = () =>
    page.evaluate(
      () =>
        document.activeElement?.closest('dialog, body')?.tagName !== 'DIALOG' &&
        document.activeElement !== document.body,
    );
  for (let press = 0; press < 8; press++) {
    await page.keyboard.press('Tab');
    expect(await outside(), 'the focus is on the page behind').toBe(false);
  }
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(connect, 'the focus is back').toBeFocused();

  await page.getByRole('textbox', { name: 'Message' }).focus();
  await page.keyboard.type('what?');
  await expect(page.getByRole('textbox', { name: 'Message' })).toHaveValue('what?');
  await expect(dialog).toBeHidden();
  expect(errors).toEqual([]);
});

test('the commands: found, run, and none found', async ({ page, local, user }) => {
  const errors = browserErrors(page);
  await openSignedIn(page, local, user);
  await page.keyboard.press('Control+k');
  const dialog = page.getByRole('dialog', { name: 'Commands' });
  await expect(dialog.getByRole('combobox')).toBeFocused();
  await checkSizes(page, 'palette');
  await page.keyboard.type('connection connect');
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden(); // it has a status, too
  await expect(status(page)).toContainText('Open');
  await expect(page.getByRole('button', { name: 'Disconnect' }), 'the control has the focus').toBeFocused();

  await page.keyboard.press('Control+k');
  await page.keyboard.type('ping');
  await page.keyboard.press('Enter');
  await expect(log(page)).toContainText('pong');

  await page.keyboard.press('Control+k');
  await page.keyboard.type('nothing like this');
  await expect(dialog.getByRole('status')).toHaveText(/^No control on the page has this name\./);
  await checkSizes(page, 'palette-empty');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  expect(errors).toEqual([]);
});

test('the commands keep the keys that are typed before their list is loaded', async ({ page, local, user }) => {
  const errors = browserErrors(page);
  const list = await hold(page, '**/palette-list-*.js');
  await openSignedIn(page, local, user);
  await page.keyboard.press('Control+k');
  await page.keyboard.type('connection connect');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Commands' });
  await expect(dialog.getByRole('combobox')).toHaveValue('connection connect');
  await expect(dialog.getByRole('status')).toHaveText('Loading…');
  await checkSizes(page, 'palette-loading');
  list.release();
  await expect(dialog).toBeHidden();
  await expect(status(page)).toContainText('Open');
  expect(errors).toEqual([]);
});

test('a dialog opens at once, and loads again after its file was absent', async ({ page, local, user }) => {
  await page.route('**/keys-dialog-*.js', (route) => route.abort());
  await openSignedIn(page, local, user);
  const connect = page.getByRole('button', { name: 'Connect', exact: true });
  await connect.focus();
  await page.keyboard.press('?');
  const dialog = page.getByRole('dialog', { name: 'Keys' });
  await expect(dialog.getByRole('alert')).toHaveText(/could not be loaded/);
  await checkSizes(page, 'dialog-absent');
  await dialog.getByRole('button', { name: 'Close' }).click();
  await expect(connect, 'the focus is back').toBeFocused();

  await page.unroute('**/keys-dialog-*.js');
  await page.keyboard.press('?');
  await expect(dialog).toContainText('Find and run a command');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(connect).toBeFocused();
});
