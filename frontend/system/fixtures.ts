import { test as base, type Page } from '@playwright/test';
import { Local } from './local';

// The fixtures of the system tests:
//
//   test('a title', async ({ page, local, user }) => {
//     await openSignedIn(page, local, user); // signIn of console-page.ts uses the sign-in's page
//
//   local    A local run, which all tests of a worker share. It accepts any
//            signature for @connections. Use `user` as the name of a user, so
//            that tests do not share rows and messages. A test that stops the
//            run must restart it.
//   start    Starts a local run with other flags, for one test only. It takes
//            three seconds of processor time.
//   user     The name of a user that no other test has.
//   another  Opens a page in another browser profile.
//
// A timeout of a page that is ten seconds or more is a hundred times longer in
// these tests. No test may depend on the speed of the machine: wait for a
// state, without a timeout. The timeouts of playwright.config.ts end only a
// test that hangs.

interface TestFixtures {
  user: string;
  start: (...flags: string[]) => Promise<Local>;
  another: () => Promise<Page>;
}

interface WorkerFixtures {
  local: Local;
}

/** Extends the long timeouts of a page, because a busy machine may answer late. It runs in the page. */
function extendTimeouts(): void {
  const real = setTimeout;
  window.setTimeout = ((action: () => void, delay = 0, ...more: unknown[]) =>
    real(action, delay < 10_000 ? delay : Math.min(100 * delay, 2 ** 31 - 1), ...more)) as typeof setTimeout;
}

let users = 0;

export const test = base.extend<TestFixtures, WorkerFixtures>({
  local: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the names of the required fixtures from it.
    async ({}, use) => {
      const local = await Local.start('-insecure-connections');
      await use(local);
      await local.stop();
    },
    { scope: 'worker' },
  ],
  // biome-ignore lint/correctness/noEmptyPattern: as above
  start: async ({}, use) => {
    const started: Local[] = [];
    await use(async (...flags) => {
      const local = await Local.start(...flags);
      started.push(local);
      return local;
    });
    for (const local of started) await local.stop();
  },
  // biome-ignore lint/correctness/noEmptyPattern: as above
  user: async ({}, use) => {
    users += 1;
    await use(`user-${users}`);
  },
  context: async ({ context }, use) => {
    await context.addInitScript(extendTimeouts);
    await use(context);
    // A page may still load when its test ends. Then an error in a handler of a route is not a failure of the test.
    for (const page of context.pages()) await page.unrouteAll({ behavior: 'ignoreErrors' });
  },
  another: async ({ browser }, use) => {
    const pages: Page[] = [];
    await use(async () => {
      const context = await browser.newContext();
      await context.addInitScript(extendTimeouts);
      const page = await context.newPage();
      pages.push(page);
      return page;
    });
    for (const page of pages) await page.context().close();
  },
});

export { expect } from '@playwright/test';
