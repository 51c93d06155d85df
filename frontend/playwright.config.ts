import { defineConfig } from '@playwright/test';

const minute = 60_000;

// Parts of Chromium that are not wanted. Chromium knows only the last list that it is given, so that of Playwright
// comes first here; the pages of the address bar's suggestions, of which each window has two, cost a third of a
// second of processor time for each test.
const unwanted = [
  'AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable',
  'LensOverlay,MediaRouter,PaintHolding,ThirdPartyStoragePartitioning,AvoidCorsURLLoaderRestartOnRedirect',
  'OptimizationHints,NetworkTimeServiceQuerying,AimEnabled,PreconnectToSearch',
  'WebUIOmniboxPopup,WebUIOmniboxAimPopup',
];

// The system test: the real parts, in Debian's Chromium.
export default defineConfig({
  testDir: 'system',
  globalSetup: './system/build.ts',
  outputDir: 'test-results',
  // Much of a test is waiting: two on two processors take three quarters of the time of one, and 4 % more of the processor's.
  workers: 2,
  retries: 0,
  forbidOnly: true,
  // Only a hang takes so long: a test waits for states, and a slow machine takes its time.
  timeout: 10 * minute,
  expect: { timeout: 2 * minute },
  reporter: [['list']],
  use: {
    viewport: { width: 1280, height: 900 },
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
        `--disable-features=${unwanted.join()}`,
      ],
    },
  },
});
