import { connect, signIn, storedUser } from './console-page';
import { expect, test } from './fixtures';

// A tab that is duplicated: the browser copies its sessionStorage, and with it
// a refresh token that the issuer takes only once.

test('a copy of a tab gets tokens of its own, and both go on', async ({ page, local, user }) => {
  await signIn(page, local, user);
  const before = await storedUser(page, local);
  expect(before.refresh_token).toEqual(expect.any(String));
  const [copy] = await Promise.all([
    page.waitForEvent('popup'),
    page.evaluate(() => void window.open('/')), // which copies as "Duplicate tab" does
  ]);
  await expect
    .poll(async () => (await storedUser(copy, local).catch(() => before)).refresh_token, 'one of its own')
    .not.toBe(before.refresh_token);
  await expect.poll(async () => (await storedUser(copy, local).catch(() => before)).refresh_token).toBeTruthy();
  await expect(copy.getByRole('button', { name: 'Sign out' })).toBeVisible();
  await connect(copy);
  expect(await storedUser(page, local), 'the other tab').toEqual(before);
  await connect(page);

  await page.reload();
  await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible();
  expect(await storedUser(page, local), 'a reload is no copy').toEqual(before);
});
