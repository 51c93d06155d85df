import type { Page } from '@playwright/test';
import { changeUser, connect, log, send, signIn, signOut, status, storedUser, userOf } from './console-page';
import { expect, test } from './fixtures';

// Tokens must be stored only where the sign-in library keeps them, and nowhere after signing out. Tickets must be stored
// nowhere.

/** Returns all data that a page keeps or shows, by place. */
async function places(page: Page): Promise<Record<string, string>> {
  const kept = await page.evaluate(async () => {
    const fields = [...document.querySelectorAll<HTMLInputElement>('input, textarea, select')];
    const databases = await indexedDB.databases();
    const requests = (
      await Promise.all((await caches.keys()).map(async (name) => (await caches.open(name)).keys()))
    ).flat();
    return {
      localStorage: JSON.stringify({ ...localStorage }),
      sessionStorage: JSON.stringify({ ...sessionStorage }),
      'document.cookie': document.cookie,
      IndexedDB: databases.map(({ name }) => name).join(' '),
      CacheStorage: requests.map(({ url }) => url).join(' '),
      location: location.href,
      'history.state': JSON.stringify(history.state),
      'window.name': window.name,
      DOM: document.documentElement.outerHTML,
      fields: fields.map(({ value }) => value).join('\n'),
      'performance entries': (window as unknown as { realPerformance: Performance }).realPerformance
        .getEntries()
        .map(({ name }) => name)
        .join('\n'),
    };
  });
  const cdp = await page.context().newCDPSession(page);
  const { entries } = await cdp.send('Page.getNavigationHistory');
  await cdp.detach();
  const cookies = JSON.stringify(await page.context().cookies());
  return { ...kept, cookies, history: entries.map(({ url }) => url).join('\n') };
}

/** Returns the places that contain one of the secrets, or the claims or the signature of one. */
async function found(page: Page, secrets: Iterable<string>): Promise<string[]> {
  const parts = [...secrets].flatMap((secret) =>
    secret.split('.').length === 3 ? secret.split('.').slice(1) : [secret],
  );
  const all = Object.entries(await places(page));
  return all.filter(([, text]) => parts.some((part) => part !== '' && text.includes(part))).map(([place]) => place);
}

test('tickets are stored nowhere, tokens only in sessionStorage, and nothing after signing out', async ({
  page,
  local,
  user: name,
}) => {
  const tickets = new Set<string>();
  const tokens = new Set<string>();
  const reads: Promise<void>[] = [];
  page.on('response', (response) => {
    const { pathname } = new URL(response.url());
    if (response.request().method() !== 'POST' || !response.ok()) return;
    if (pathname === '/tickets') reads.push(response.json().then(({ data }) => void tickets.add(data.ticket)));
    if (pathname.endsWith('/token')) {
      reads.push(
        response.json().then((answer) => {
          for (const name of ['access_token', 'id_token', 'refresh_token']) answer[name] && tokens.add(answer[name]);
        }),
      );
    }
  });
  const collected = async () => void (await Promise.all(reads));

  // page.clock hides these.
  await page.addInitScript(() => Object.assign(window, { realPerformance: performance }));
  await page.clock.install();
  await signIn(page, local, name);
  await collected();
  expect(tokens.size, 'tokens').toBeGreaterThanOrEqual(2);
  expect(await found(page, tokens)).toEqual(['sessionStorage']);

  expect((await places(page))['performance entries'], 'control').toContain('/config.json');

  await connect(page);
  await collected();
  expect(tickets.size, 'tickets').toBe(1);
  expect(await found(page, tickets)).toEqual([]);

  // An hour passes, so the connection is refreshed.
  const fresh = await local.token(name, { expiresIn: 10_800 });
  tokens.add(fresh);
  await changeUser(page, local, { ...(await storedUser(page, local)), ...(await userOf(local, name, 10_800, fresh)) });
  await page.clock.fastForward('00:59:30');
  await expect(log(page)).toContainText('refreshed');
  await send(page, `{"action":"refresh","token":"${fresh}"}`); // also as a message of the user
  await expect(page.getByRole('textbox', { name: 'Message' })).toHaveValue('{"action":"refresh","token":"…"}');
  await expect(log(page).getByRole('option', { name: /Received refreshed/ })).toHaveCount(2);
  await log(page)
    .getByRole('option', { name: /Sent refresh/ })
    .last()
    .click();
  await expect(page.getByRole('region', { name: 'Sent refresh' })).toContainText('"token": "…"');
  expect(await found(page, tokens)).toEqual(['sessionStorage']);
  expect(await page.evaluate(() => Object.keys(sessionStorage).sort())).toEqual(
    [`oidc.user:${local.outputs.issuer}:console`, 'clock', 'sent', 'tab'].sort(),
  );

  await page.getByRole('button', { name: 'Disconnect' }).click();
  await connect(page);
  await collected();
  expect(tickets.size).toBe(2);
  expect(await found(page, tickets)).toEqual([]);

  await signOut(page, 'everywhere');
  expect(await found(page, [...tokens, ...tickets])).toEqual([]);
  expect(await page.evaluate(() => Object.keys(sessionStorage)), 'a random name of the tab').toEqual(['tab']);
  await page.goBack();
  await page.goForward();
  expect(await found(page, [...tokens, ...tickets]), 'in a page of the history').toEqual([]);
  await expect(status(page)).toContainText('Not connected');
  const all = Object.keys(await places(page)).length;
  process.stdout.write(`  ${tokens.size} tokens and ${tickets.size} tickets, searched in ${all} places\n`);
});
