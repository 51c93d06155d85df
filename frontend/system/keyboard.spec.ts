import type { Page } from '@playwright/test';
import { browserErrors, log, signIn, status } from './console-page';
import { expect, test } from './fixtures';

// These tests use the keyboard only.

/** Presses Tab until the element with this role and name has the focus. */
async function tabTo(page: Page, role: 'button' | 'textbox' | 'listbox' | 'searchbox' | 'combobox', name: string) {
  const wanted = page.getByRole(role, { name, exact: true });
  for (let press = 0; press < 60; press++) {
    if (await wanted.evaluate((element) => element === document.activeElement).catch(() => false)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not reach the ${role} ${name}`);
}

test('sign in, connect, send, read, filter, copy, change the theme, sign out', async ({
  page,
  context,
  local,
  user,
}) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write']);
  const errors = browserErrors(page);
  await signIn(page, local, user);
  await page.reload(); // the focus is at the start of the page

  await tabTo(page, 'combobox', 'Theme');
  await page.keyboard.press('d');
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect(page.locator('body')).toHaveCSS('background-color', 'rgb(13, 18, 21)');

  await tabTo(page, 'button', 'Connect');
  await page.keyboard.press('Enter');
  await expect(status(page)).toContainText('Open');

  await tabTo(page, 'textbox', 'Message');
  await page.keyboard.type('{"by": "keyboard"}');
  await page.keyboard.press('Control+Enter');
  await expect(log(page).getByRole('option', { name: /Received echo.*keyboard/ })).toBeVisible();
  await page.keyboard.press('Delete');
  await page.keyboard.press('Alt+ArrowUp');
  await expect(page.getByRole('textbox', { name: 'Message' })).toHaveValue('{"by": "keyboard"}');

  await page.keyboard.press('Shift+Tab'); // back to the log
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Shift+Tab');
  await expect(page.getByRole('listbox', { name: 'Lines' })).toBeFocused();
  await page.keyboard.press('End');
  const detail = page.getByRole('region', { name: 'Received echo' });
  await expect(detail).toContainText('"by": "keyboard"');
  await expect(log(page).getByRole('option', { selected: true })).toContainText('keyboard');
  await tabTo(page, 'button', 'Copy message');
  await page.keyboard.press('Enter');
  await expect(detail).toContainText('Copied');
  expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('keyboard');
  await tabTo(page, 'button', 'Close message');
  await page.keyboard.press('Enter');
  await expect(detail).toBeHidden();
  await expect(page.getByRole('listbox', { name: 'Lines' })).toBeFocused();

  await page.reload();
  await tabTo(page, 'button', 'Sign out');
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Sign out' });
  await expect(dialog.getByRole('button', { name: 'Sign out here' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('button', { name: 'Sign out' })).toBeFocused();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  await expect(dialog.getByRole('button', { name: 'Sign out everywhere' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  expect(errors, 'console errors and CSP violations').toEqual([]);
});
