import { connect, expectAccessible, openSignedIn, setSocketTimes, signIn, status } from './console-page';
import { expect, test } from './fixtures';

// The browser blocks storage, the clock of the device is wrong, and the focus after the buttons of the connection.

test('a browser that blocks storage gets the remedy', async ({ page, local }) => {
  await page.addInitScript(() => {
    for (const name of ['sessionStorage', 'localStorage']) {
      Object.defineProperty(window, name, {
        get: () => {
          throw new DOMException('Access is denied for this document.', 'SecurityError');
        },
      });
    }
  });
  await page.goto(local.outputs.siteUrl);
  const alert = page.getByRole('alert');
  await expect(alert).toContainText('This browser blocks storage for this page');
  await expect(alert).toContainText(`Allow cookies and site data for ${new URL(local.outputs.siteUrl).host}`);
  await expect(page.getByRole('button', { name: 'Load again' })).toBeVisible();
  await page.screenshot({ path: 'test-results/states/storage-blocked.png' });
  await expectAccessible(page);
});

for (const [name, hours] of [
  ['2 h 0 min ahead', 2],
  ['2 h 0 min behind', -2],
] as const) {
  test(`a clock that is ${name} does not matter, and is reported`, async ({ page, local, user }) => {
    await page.clock.install({ time: Date.now() + hours * 3_600_000 });
    await signIn(page, local, user);
    const panel = page.getByRole('region', { name: 'Connection', exact: true });
    await expect(panel).toContainText(/The clock of this device is (2 h 0 min|1 h 59 min) (ahead|behind)/);
    await connect(page);
    await expect(page.getByTestId('session')).toHaveText(/^Session renews in 5\d min$/);
    await page.screenshot({ path: `test-results/states/clock-${hours}.png` });
    await expectAccessible(page);
  });
}

test('the focus stays at the button of the connection', async ({ page, context, local, user }) => {
  await setSocketTimes(page, { firstDelay: 1_000_000, longestDelay: 1_000_000 });
  await openSignedIn(page, local, user);
  await page.getByRole('button', { name: 'Connect', exact: true }).focus();
  await page.keyboard.press('Enter');
  await expect(status(page)).toContainText('Open');
  await expect(page.getByRole('button', { name: 'Disconnect' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(status(page)).toContainText('Closed');
  await expect(page.getByRole('button', { name: 'Connect', exact: true })).toBeFocused();

  await context.route('**/tickets', (route) => route.abort());
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Try now' }).focus();
  await context.unroute('**/tickets');
  await page.keyboard.press('Enter');
  await expect(status(page)).toContainText('Open');
  await expect(page.getByRole('button', { name: 'Disconnect' })).toBeFocused();
});
