import { test as base, type Page } from '@playwright/test';
import { Local } from './local';

// What a test of the system is given, by its name among the arguments:
//
//   test('a name', async ({ page, local, user }) => {
//     await enter(page, local, user); // signed in; signIn of console-page.ts goes by the sign-in's page
//
//   local    a local run, which all tests of a worker share, whatever their
//            file. It lets @connections be called with any signature. Name
//            users by `user`, so that no test meets the rows and messages of
//            another. A test that ends it has it restart.
//   start    starts a local run of the test's own, with flags, and ends it
//            after the test: for what needs other flags. It costs three
//            seconds of processor time.
//   user     the name of a user that no other test has.
//   another  opens a page in another browser, which knows nothing of the first.
//
// Pages are patient: what would give up after ten seconds or more does so a
// hundred times later. No test may depend on the speed of the machine, so wait
// for states, with no limit of your own: the limits of playwright.config.ts are
// reached only by what hangs.

interface TestFixtures {
  user: string;
  start: (...flags: string[]) => Promise<Local>;
  another: () => Promise<Page>;
}

interface WorkerFixtures {
  local: Local;
}

/** Runs in the page: an answer that a busy machine gives late is an answer all the same. */
function bePatient(): void {
  const real = setTimeout;
  window.setTimeout = ((action: () => void, delay = 0, ...more: unknown[]) =>
    real(action, delay < 10_000 ? delay : Math.min(100 * delay, 2 ** 31 - 1), ...more)) as typeof setTimeout;
}

let users = 0;

export const test = base.extend<TestFixtures, WorkerFixtures>({
  local: [
    // biome-ignore lint/correctness/noEmptyPattern: Playwright reads from it what the fixture needs.
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
    await context.addInitScript(bePatient);
    await use(context);
    // A page may load while its test ends. Then a route's answer is gone in the
    // middle of its handler, which is no failure of the test.
    for (const page of context.pages()) await page.unrouteAll({ behavior: 'ignoreErrors' });
  },
  another: async ({ browser }, use) => {
    const pages: Page[] = [];
    await use(async () => {
      const context = await browser.newContext();
      await context.addInitScript(bePatient);
      const page = await context.newPage();
      pages.push(page);
      return page;
    });
    for (const page of pages) await page.context().close();
  },
});

export { expect } from '@playwright/test';
