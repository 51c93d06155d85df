import { expect, type Page } from '@playwright/test';
import axe from 'axe-core';
import type { Local } from './local';

/** Collects the errors of a page: violations of its CSP, logged errors and exceptions. */
export function browserErrors(page: Page): string[] {
  const list: string[] = [];
  page.on('console', (m) => m.type() === 'error' && list.push(`${m.text()} ${m.location().url}`));
  page.on('pageerror', (e) => list.push(String(e)));
  return list;
}

/** Signs in on the page of the sign-in. The page then has all tokens. */
export async function signIn(page: Page, local: Local, user: string): Promise<void> {
  await page.goto(local.outputs.siteUrl);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${local.outputs.issuer}/**`);
  await page.locator('input[name=login]').fill(user);
  await page.locator('[type=submit]').click();
  await page.waitForURL(`${local.outputs.siteUrl}/`);
  await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible();
}

/**
 * Opens the page with a user who is signed in already, for tests that are not about signing in or out. Unlike signIn, it
 * opens one page instead of three, and there is no ID token, refresh token or session at the sign-in.
 */
export async function openSignedIn(page: Page, local: Local, user: string): Promise<void> {
  await storeUser(page, local, await userOf(local, user));
  await expect(page.getByRole('button', { name: 'Sign out' })).toBeVisible();
}

/** Returns a user as the page stores it, with an access token that is valid for so many seconds, or with the given one. */
export async function userOf(
  local: Local,
  user: string,
  life = 3600,
  token?: string,
): Promise<Record<string, unknown>> {
  return {
    access_token: token ?? (await local.token(user, { expiresIn: life })),
    token_type: 'Bearer',
    scope: 'openid profile',
    profile: { sub: user, name: user, preferred_username: user },
    expires_at: Math.floor(Date.now() / 1000) + life,
  };
}

const userKey = (local: Local) => `oidc.user:${local.outputs.issuer}:console`;

/** Returns the user that the page's oidc-client-ts has stored. */
export async function storedUser(page: Page, local: Local): Promise<Record<string, unknown>> {
  const text = await page.evaluate((key) => sessionStorage.getItem(key), userKey(local));
  return JSON.parse(text ?? '{}');
}

/** Changes the stored user. The page reads it each time it needs a token. */
export async function changeUser(page: Page, local: Local, user: Record<string, unknown>): Promise<void> {
  const text = JSON.stringify(user);
  await page.evaluate(([key, value]) => sessionStorage.setItem(key, value), [userKey(local), text] as const);
}

let stored = 0;

/**
 * Opens the page again with another stored user. The user is stored before the new page runs, and after the old page has
 * ended, because that page could change it.
 */
export async function storeUser(page: Page, local: Local, user: Record<string, unknown>): Promise<void> {
  stored += 1;
  const { siteUrl } = local.outputs;
  await page.addInitScript(
    ([site, key, text, turn]) => {
      // Every page of the tab runs this. The tab's name records that it was done.
      if (location.origin !== site || Number(window.name) >= turn) return;
      window.name = String(turn);
      sessionStorage.setItem(key, text);
    },
    [siteUrl, userKey(local), JSON.stringify(user), stored] as const,
  );
  await page.goto(siteUrl);
}

/** Expects that the page does not scroll sideways at its width, on a phone and on a wide screen. */
export async function expectNoSidewaysScroll(page: Page): Promise<void> {
  const size = page.viewportSize() ?? { width: 1280, height: 900 };
  for (const width of [320, 1680, size.width]) {
    await page.setViewportSize({ ...size, width });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    expect(wide, `scrolls sideways at ${width}`).toBe(false);
  }
}

/** Expects that axe finds no violation of WCAG 2.2 AA. */
export function expectAccessible(page: Page): Promise<void> {
  const values = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
  return expectNoViolation(page, { type: 'tag', values });
}

/** Expects that axe finds no violation of its rules on colours. The other rules do not depend on the theme. */
export function expectContrast(page: Page): Promise<void> {
  return expectNoViolation(page, { type: 'rule', values: ['color-contrast', 'link-in-text-block'] });
}

async function expectNoViolation(page: Page, runOnly: axe.RunOnly): Promise<void> {
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe.source);
  const { violations } = await page.evaluate(
    (options) => (window as unknown as { axe: typeof axe }).axe.run(document, options),
    { runOnly, resultTypes: ['violations'] } satisfies axe.RunOptions,
  );
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`)).toEqual([]);
}

export const log = (page: Page) => page.getByRole('log', { name: 'Messages' });

/** The rows of the log with this text. */
export const entries = (page: Page, name: string | RegExp) => log(page).getByRole('option', { name });

export const status = (page: Page) => page.getByRole('status');

/** Connects and returns the connection id that the page shows. */
export async function connect(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Connect', exact: true }).click();
  await expect(status(page)).toContainText('Open');
  return connectionId(page);
}

export async function connectionId(page: Page): Promise<string> {
  const id = page.getByTestId('connection-id');
  await expect(id).toHaveText(/^[\w-]{15}=$/);
  return (await id.textContent()) ?? '';
}

export async function send(page: Page, text: string): Promise<void> {
  await page.getByRole('textbox', { name: 'Message' }).fill(text);
  await page.getByRole('button', { name: 'Send', exact: true }).click();
}

/** Serves the page's config.json with other times of the socket. */
export function setSocketTimes(page: Page, socket: Record<string, number>): Promise<void> {
  return setConfig(page, { socket });
}

/** Serves the page's config.json with changes. An undefined value removes its key. */
export async function setConfig(page: Page, change: Record<string, unknown>): Promise<void> {
  await page.route('**/config.json', async (route) => {
    // Not route.fetch, because its answer is lost if the page is left before it is read.
    const config = await (await fetch(route.request().url())).json();
    await route.fulfill({ json: { ...config, ...change } });
  });
}

/** Signs out here or everywhere, and waits until the page is shown again. */
export async function signOut(page: Page, where: 'here' | 'everywhere'): Promise<void> {
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: `Sign out ${where}` })
    .click();
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeVisible();
  await expect(page.getByText('a token may still be valid'), 'the issuer revoked the refresh token').toHaveCount(0);
}

/** Collects the headers of every WebSocket handshake that the page sends. */
export async function handshakes(page: Page): Promise<Record<string, string>[]> {
  const list: Record<string, string>[] = [];
  const cdp = await page.context().newCDPSession(page);
  cdp.on('Network.webSocketWillSendHandshakeRequest', ({ request }) => list.push(request.headers));
  await cdp.send('Network.enable');
  return list;
}

/** The sizes of a wide page, a laptop and a phone. */
const sizes = [
  { width: 1440, height: 900 },
  { width: 1366, height: 650 },
  { width: 360, height: 740 },
];

/** Checks a state of the page in both themes at each size, and takes a screenshot of each. */
export async function checkSizes(page: Page, name: string): Promise<void> {
  const before = page.viewportSize() ?? { width: 1280, height: 900 };
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    for (const size of sizes) {
      await page.setViewportSize(size);
      await page.screenshot({ path: `test-results/states/${name}-${size.width}-${colorScheme}.png` });
      const wide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
      expect(wide, `${name} scrolls sideways at ${size.width}`).toBe(false);
    }
    await expectContrast(page);
  }
  await page.setViewportSize(before);
  await expectAccessible(page);
}

/** Holds the requests of a page that match a pattern until `release` is called. */
export async function hold(page: Page, pattern: string): Promise<{ readonly release: () => void }> {
  let release = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route(pattern, async (route) => {
    await released;
    await route.continue();
  });
  return { release };
}
