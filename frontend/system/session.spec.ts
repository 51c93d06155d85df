import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import {
  browserErrors,
  connect,
  expectAccessible,
  expectContrast,
  log,
  openSignedIn,
  send,
  storedUser,
} from './console-page';
import { expect, test } from './fixtures';
import type { Local } from './local';

/** Connects, sends a message and saves the session. It returns the path of the file. */
async function savedSession(page: Page, local: Local, user: string): Promise<string> {
  await openSignedIn(page, local, user);
  await connect(page);
  await send(page, '{"hello": "session"}');
  await expect(log(page).getByText('session')).toHaveCount(2);
  await page.getByRole('button', { name: 'View', exact: true }).click();
  const download = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save session' }).click();
  return (await download).path();
}

test('a saved session has no credential, and can be opened again without a connection', async ({
  page,
  local,
  user,
}) => {
  const errors = browserErrors(page);
  const path = await savedSession(page, local, user);
  const text = readFileSync(path, 'utf8');
  expect(JSON.parse(text)).toMatchObject({ format: 'sallyport-session', version: 1 });
  const token = String((await storedUser(page, local)).access_token);
  for (const part of token.split('.')) expect(text).not.toContain(part);

  await page.evaluate(() => sessionStorage.clear());
  await page.goto(local.outputs.siteUrl);
  const dialog = page.getByRole('dialog', { name: 'Saved session, read only' });
  for (const [width, height] of [
    [1440, 900],
    [1366, 650],
    [360, 740],
  ] as const) {
    await page.setViewportSize({ width, height });
    await page.getByLabel('File of a session').setInputFiles(path);
    await expect(dialog.getByText('{"hello": "session"}', { exact: true })).toBeVisible();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `test-results/states/session-${width}-${colorScheme}.png` });
      await (colorScheme === 'light' ? expectAccessible(page) : expectContrast(page));
    }
    await page.keyboard.press('Escape');
    await expect(dialog).toHaveCount(0);
  }
  expect(errors, 'console errors and CSP violations').toEqual([]);
});

test('a file that is no session is refused with the reason', async ({ page, local }) => {
  await page.goto(local.outputs.siteUrl);
  const upload = (text: string) =>
    page
      .getByLabel('File of a session')
      .setInputFiles({ name: 'x.json', mimeType: 'application/json', buffer: Buffer.from(text) });
  await upload('<script>alert(1)</script>');
  const dialog = page.getByRole('dialog', { name: 'The file cannot be opened' });
  await expect(dialog).toContainText('It is not JSON.');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Close' }).click();
  await upload('{"format":"sallyport-session","version":9}');
  await expect(dialog).toContainText('It has version 9. This page reads version 1.');
});

test('the page prints the whole log in dark letters, without its controls', async ({ page, local, user }) => {
  await savedSession(page, local, user);
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.evaluate(() => {
    const pages: string[] = [];
    Object.assign(window, { printedPages: pages });
    addEventListener('beforeprint', () => pages.push(document.querySelector('.printed')?.textContent ?? ''));
  });
  await page.pdf(); // fires beforeprint and afterprint, as the browser does for paper
  const printed = await page.evaluate(() => (window as unknown as { printedPages: string[] }).printedPages);
  expect(printed.join()).toContain('{"hello": "session"}');
  await expect(page.locator('.printed')).toHaveCount(0);

  await page.evaluate(() => void dispatchEvent(new Event('beforeprint')));
  await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
  await expect(page.locator('.printed')).toBeVisible();
  await expect(page.getByRole('button')).toHaveCount(0);
  await page.screenshot({ path: 'test-results/states/session-print.png' });
  await expectContrast(page);
});
