import { browserErrors, expectAccessible, expectContrast } from './console-page';
import { expect, test } from './fixtures';

// The pages around the console: that of the local sign-in, and the one without JavaScript.

test('the page of the sign-in has the theme of the console, and a way back', async ({ page, local }) => {
  const errors = browserErrors(page);
  await page.goto(local.outputs.siteUrl);
  await page.getByLabel('Theme').selectOption('dark');
  const dark = await page.locator('body').evaluate((body) => getComputedStyle(body).backgroundColor);

  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${local.outputs.issuer}/**`);
  await expect(page.getByRole('textbox', { name: 'Name' })).toBeFocused();
  await expect(page.locator('body')).toHaveCSS('background-color', dark);
  await expectAccessible(page);
  await page.screenshot({ path: 'test-results/states/sign-in-page-dark.png' });

  await page.getByRole('link', { name: 'Back to the console' }).click();
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await page.getByLabel('Theme').selectOption('light');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${local.outputs.issuer}/**`);
  await expect(page.locator('body')).not.toHaveCSS('background-color', dark);
  await expectContrast(page);
  await page.screenshot({ path: 'test-results/states/sign-in-page-light.png' });
  expect(errors, 'console errors and CSP violations').toEqual([]);
});

test.describe('without JavaScript', () => {
  test.use({ javaScriptEnabled: false, viewport: { width: 360, height: 740 } });

  test('the first screen says what to do', async ({ page, local }) => {
    await page.goto(local.outputs.siteUrl);
    await expect(page.getByRole('heading', { name: 'Sallyport' })).toBeInViewport({ ratio: 1 });
    const notice = page.locator('noscript .notice'); // getByText and getByRole skip noscript
    await expect(notice).toContainText('Allow JavaScript for this site');
    await expect(notice).toBeInViewport({ ratio: 1 });
    await page.screenshot({ path: 'test-results/states/no-javascript.png' });
  });
});
