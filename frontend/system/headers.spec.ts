import { browserErrors } from './console-page';
import { expect, test } from './fixtures';

// The response headers of the page, as the browser enforces them.

test('no script creates a policy of Trusted Types, or writes HTML', async ({ page, local }) => {
  const errors = browserErrors(page);
  await page.goto(local.outputs.siteUrl);
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  expect(errors).toEqual([]);
  const attempts = await page.evaluate(() => {
    type Factory = { createPolicy: (name: string, rules: object) => unknown };
    const { trustedTypes } = window as unknown as { trustedTypes: Factory };
    const refused = (action: () => unknown) => {
      try {
        action();
        return false;
      } catch (error) {
        return error instanceof TypeError;
      }
    };
    return {
      policy: refused(() => trustedTypes.createPolicy('mine', {})),
      html: refused(() => {
        document.body.innerHTML = '<p>injected</p>';
      }),
    };
  });
  expect(attempts, 'refused').toEqual({ policy: true, html: true });
});

test('a page of another origin that opens the console cannot reach its window', async ({ page, local }) => {
  await page.goto(`${local.outputs.issuer}/.well-known/openid-configuration`);
  const opened = page.waitForEvent('popup');
  const closed = await page.evaluateHandle((site) => {
    const other = window.open(site);
    return { now: () => other?.closed };
  }, local.outputs.siteUrl);
  const popup = await opened;
  await expect(popup.getByRole('button', { name: 'Sign in' })).toBeVisible();
  expect(await closed.evaluate(({ now }) => now()), 'the opener sees a closed window').toBe(true);
  expect(await popup.evaluate(() => opener), 'the console sees no opener').toBeNull();
});
