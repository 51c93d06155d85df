import { connect, entries, openSignedIn, send, setConfig } from './console-page';
import { expect, test } from './fixtures';

// The page of a stack that does not answer, and whose sibling in another region does.

test('connects to the other region, for messages and for channels', async ({ page, local, user }) => {
  const { websocketUrl, httpUrl } = local.outputs;
  const down = { websocketUrl: 'ws://127.0.0.1:9/live', httpUrl: 'http://127.0.0.1:9' };
  await setConfig(page, {
    ...down,
    regions: [
      { region: 'eu-west-1', ...down },
      { region: 'eu-central-1', websocketUrl, httpUrl },
    ],
  });
  await openSignedIn(page, local, user);
  await connect(page);
  await expect(page.getByTestId('region')).toHaveText('eu-central-1');
  await expect(page.getByTestId('address')).toHaveText(websocketUrl);
  await send(page, 'in the other region');
  await expect(entries(page, /Received echo "in the other region"/)).toBeVisible();

  await page.getByRole('tab', { name: 'Channels' }).click();
  await page.getByRole('combobox', { name: 'Channel' }).fill(`chat:${user}`);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('status', { name: 'Connection for channels' })).toContainText('Connected');
});
