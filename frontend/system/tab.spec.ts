import { connect, signIn, storedUser } from './console-page';
import { expect, test } from './fixtures';

// A duplicated tab: the browser copies its sessionStorage with a refresh token that the issuer accepts only once.

test('a copy of a tab gets its own tokens, and both tabs connect', async ({ page, local, user }) => {
  await signIn(page, local, user);
  const before = await storedUser(page, local);
  expect(before.refresh_token).toEqual(expect.any(String));
  const [copy] = await Promise.all([
    page.waitForEvent('popup'),
    page.evaluate(() => void window.open('/')), // it copies sessionStorage as "Duplicate tab" does
  ]);
  await expect
    .poll(async () => (await storedUser(copy, local).catch(() => before)).refresh_token, 'a new refresh token')
    .not.toBe(before.refresh_token);
  await expect.poll(async () => (await storedUser(copy, local).catch(() => before)).refresh_token).toBeTruthy();
  await expect(copy.getByRole('button', { name: 'Sign out' })).toBeVisible();
  await connect(copy);
  expect(await storedUser(page, local), 'the other tab').toEqual(before);
  await connect(page);

  await page.reload();
  await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible();
  expect(await storedUser(page, local), 'a reload is not a copy').toEqual(before);
});
