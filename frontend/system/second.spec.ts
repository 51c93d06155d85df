import type { Page } from '@playwright/test';
import { browserErrors, checkSizes, connect, entries, expectAccessible, openSignedIn, signIn } from './console-page';
import { expect, test } from './fixtures';

// A second connection with a credential of its own, and the claims of a token.

const second = (page: Page) => page.getByRole('region', { name: /^Second connection/ });
const secondStatus = (page: Page) => page.getByRole('status', { name: 'Second connection' });
const secondLog = (page: Page) => page.getByRole('log', { name: 'Messages of the second connection' });

/** Opens the second connection. Its button is one of the details, which a page without much room hides at first. */
async function openSecond(page: Page): Promise<void> {
  const details = page.getByRole('button', { name: 'Details' });
  // It waits for the page, unlike isVisible: a page that is not there yet has no details to show.
  if ((await details.getAttribute('aria-expanded')) === 'false') await details.click();
  await page.getByRole('button', { name: 'Second connection', exact: true }).click();
  await expect(second(page)).toBeVisible();
}

/** Returns whether a text is anywhere in the page or its storage. */
const isKept = (page: Page, text: string) =>
  page.evaluate((part) => {
    const fields = [...document.querySelectorAll<HTMLTextAreaElement>('input, textarea')].map(({ value }) => value);
    const all = [document.documentElement.outerHTML, ...fields, JSON.stringify({ ...localStorage })];
    return [...all, JSON.stringify({ ...sessionStorage }), location.href].some((one) => one.includes(part));
  }, text);

test('as another user of the local sign-in, beside the first connection', async ({ page, local, user }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  const errors = browserErrors(page);
  await openSignedIn(page, local, user);
  const first = await connect(page);
  await openSecond(page);
  await checkSizes(page, 'second-form');

  const other = `${user}-other`;
  await second(page).getByRole('textbox', { name: 'Another user of the local sign-in' }).fill(other);
  await page.keyboard.press('Enter');
  await expect(secondStatus(page)).toContainText('Open');
  await expect(page.getByTestId('second-user')).toHaveText(other);
  await second(page).getByRole('textbox', { name: 'Message of the second connection' }).fill('from the second');
  await page.keyboard.press('Control+Enter');
  await expect(secondLog(page)).toContainText('echo');

  await local.push({ user: other }, { type: 'event', data: 'for the other user' });
  await expect(secondLog(page)).toContainText('for the other user');
  await local.post(first, '{"type":"event","data":"for the first"}');
  await expect(entries(page, /for the first/)).toBeVisible();
  await expect(entries(page, /for the other user/), 'the panes share nothing').toHaveCount(0);
  await expect(secondLog(page)).not.toContainText('for the first');
  await checkSizes(page, 'second-open');

  await second(page).getByRole('button', { name: 'Close' }).click();
  await expect(second(page)).toBeHidden();
  await expect.poll(() => local.rows(other), 'the second connection has ended').toEqual([]);
  expect(await local.rows(user)).toHaveLength(1);
  expect(errors).toEqual([]);
});

test('with a pasted token, which is not kept', async ({ page, local, user }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(local.outputs.siteUrl);
  await openSecond(page);
  const field = second(page).getByRole('textbox', { name: 'A token or a ticket' });
  await field.fill('neither of them');
  await expect(second(page)).toContainText('This is neither a token');
  const token = await local.token(user);
  await field.fill(`Bearer ${token}`);
  await expect(second(page).getByRole('row', { name: /^exp / })).toContainText(/in 59 min \d+ s/);
  await checkSizes(page, 'second-pasted');
  await second(page).getByRole('button', { name: 'Connect with this credential' }).click();
  await expect(secondStatus(page)).toContainText('Open');
  await expect(page.getByTestId('second-user')).toHaveText(user);
  await expect(second(page).getByTestId('session')).toHaveText(/^Session ends in 59 min$/);
  const signature = token.split('.')[2] ?? '';
  expect(await isKept(page, signature), 'the page keeps the token').toBe(false);
  expect(local.log.includes(signature)).toBe(false);
});

test('with a pasted ticket, which works once', async ({ page, local, user }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto(local.outputs.siteUrl);
  await openSecond(page);
  const ticket = await local.ticket(await local.token(user));
  await second(page).getByRole('textbox', { name: 'A token or a ticket' }).fill(ticket);
  await second(page).getByRole('button', { name: 'Connect with this credential' }).click();
  await expect(secondStatus(page)).toContainText('Open');
  expect(await isKept(page, ticket), 'the page keeps the ticket').toBe(false);
  await second(page).getByRole('button', { name: 'Disconnect' }).click();
  await second(page).getByRole('button', { name: 'Connect again' }).click();
  await expect(second(page)).toContainText('The ticket has been used.');
  await second(page).getByRole('button', { name: 'Other credential' }).click();
  await expect(second(page).getByRole('textbox', { name: 'A token or a ticket' })).toHaveValue('');
});

test('on a phone it is a tab', async ({ page, local, user }) => {
  await page.setViewportSize({ width: 360, height: 740 });
  await openSignedIn(page, local, user);
  await openSecond(page);
  await expect(page.getByRole('tab', { name: 'Second' })).toHaveAttribute('aria-selected', 'true');
  await second(page).getByRole('textbox', { name: 'Another user of the local sign-in' }).fill(`${user}-other`);
  await page.keyboard.press('Enter');
  await expect(secondStatus(page)).toContainText('Open');
  await page.getByRole('tab', { name: 'Messages' }).click();
  await connect(page);
  await local.push({ user: `${user}-other` }, { type: 'event', data: 'while it was hidden' });
  await page.getByRole('tab', { name: 'Second' }).click();
  await expect(secondLog(page), 'it stayed connected').toContainText('while it was hidden');
  await expectAccessible(page);
  await page.screenshot({ path: 'test-results/states/second-tab-360.png' });
  await page.setViewportSize({ width: 1440, height: 900 });
  await expect(secondLog(page), 'a wider page keeps it').toContainText('while it was hidden');
});

test('the claims of the token', async ({ page, local, user }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await signIn(page, local, user);
  await page.getByRole('button', { name: 'Claims of the token' }).click();
  const dialog = page.getByRole('dialog', { name: 'Claims of the token' });
  await expect(dialog.getByRole('row', { name: /^sub / })).toContainText(user);
  await expect(dialog.getByRole('row', { name: /^exp / })).toContainText(/in 59 min \d+ s/);
  await checkSizes(page, 'claims');
  await page.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  await expect(page.getByRole('button', { name: 'Claims of the token' })).toBeFocused();
});
