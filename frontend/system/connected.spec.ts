import { connect, expectAccessible, expectContrast, openSignedIn, send } from './console-page';
import { expect, test } from './fixtures';

for (const [width, height] of [
  [1440, 900],
  [1366, 650],
  [360, 740],
] as const) {
  test(`who is connected, with the numbers over time, at ${width}`, async ({ page, local, user, another }) => {
    await page.setViewportSize({ width, height });
    const other = await another();
    await openSignedIn(other, local, `${user}-with-a-long-name`);
    const theirs = await connect(other);
    await openSignedIn(page, local, user);
    const mine = await connect(page);
    await send(page, 'counted');
    if (width < 900) {
      await page.getByRole('tab', { name: 'Inspector' }).click();
      await page.getByRole('tab', { name: 'Connections' }).click();
    } else {
      await page.getByRole('button', { name: /^Local inspector/ }).click();
    }
    const view = page.getByRole('region', { name: /^Connected: / });
    const row = (id: string) => view.getByRole('row').filter({ hasText: id });
    await expect(row(mine)).toContainText('127.0.0.1 Chrome');
    await expect(row(mine)).toContainText('(mine)');
    await expect(row(mine)).toContainText('2 in, 2 out'); // whoami and the message
    await expect(row(theirs)).toContainText(`${user}-with-a-long-name`);
    await expect(view.getByText(/^at most [1-9]/).first()).toBeVisible();
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.screenshot({ path: `test-results/states/connected-${width}-${colorScheme}.png` });
      await (colorScheme === 'light' ? expectAccessible(page) : expectContrast(page));
    }
    await other.getByRole('button', { name: 'Disconnect' }).click();
    await expect(row(theirs)).toHaveCount(0);
  });
}
