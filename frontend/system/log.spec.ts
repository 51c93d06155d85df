import type { Page, WebSocketRoute } from '@playwright/test';
import { log, openSignedIn, status } from './console-page';
import { expect, test } from './fixtures';

// How the log scrolls. The test acts as the server of the socket.

const event = (n: number) => JSON.stringify({ type: 'event', data: `message ${n}.` });

/** Returns the text of the first visible row. */
const firstInView = (page: Page): Promise<string | null | undefined> =>
  page.evaluate(() => {
    const top = document.querySelector('.log-list')?.getBoundingClientRect().top ?? 0;
    const rows = [...document.querySelectorAll('.row')];
    return rows.find((row) => row.getBoundingClientRect().bottom > top + 1)?.querySelector('.row-line')?.textContent;
  });

test('the log follows the newest entry, stops while the reader scrolls, and follows again', async ({
  page,
  local,
  user,
}) => {
  let socket: WebSocketRoute | undefined;
  await page.routeWebSocket(/\/live$/, (made) => {
    socket = made;
  });
  await openSignedIn(page, local, user);
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await expect(status(page)).toContainText('Open');
  for (let n = 0; n < 300; n++) socket?.send(event(n));
  await expect(log(page)).toContainText('message 299.');
  expect(await page.locator('.row').count(), 'rows on the page').toBeLessThan(60);

  await page.locator('.log-list').hover();
  await page.mouse.wheel(0, -2000);
  await expect(page.getByRole('button', { name: 'Jump to the end' })).toBeVisible();
  let seen: string | null | undefined;
  await expect(async () => {
    seen = await firstInView(page); // it may still scroll
    await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
    expect(await firstInView(page)).toBe(seen);
  }).toPass();
  for (let n = 300; n < 350; n++) socket?.send(event(n));
  await expect(page.getByRole('button', { name: '50 new, jump to the end' })).toBeVisible();
  expect(await firstInView(page)).toBe(seen);

  await page.getByRole('button', { name: '50 new, jump to the end' }).click();
  await expect(log(page)).toContainText('message 349.');
  await expect(page.getByRole('button', { name: /jump to the end/ })).toBeHidden();

  // The detail of a message makes the list smaller, but the list stays at its end.
  await page.locator('.row').last().click();
  await expect(page.getByRole('region', { name: 'Received event' })).toBeVisible();
  socket?.send(event(350));
  await expect(log(page)).toContainText('message 350.');
  await expect(page.getByRole('button', { name: /jump to the end/ })).toBeHidden();
});
