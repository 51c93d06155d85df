import { defineConfig } from '@playwright/test';

const minute = 60_000;

// Features of Chromium to disable. Chromium uses only its last list, so Playwright's own list comes first here. The last
// line is the suggestions of the address bar, which take a third of a second of processor time in each test.
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
  // A test often waits, so two workers take three quarters of the time of one, and 4 % more processor time.
  workers: 2,
  retries: 0,
  forbidOnly: true,
  // These limits end only a test that hangs: a test waits for states, on a slow machine for longer.
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
