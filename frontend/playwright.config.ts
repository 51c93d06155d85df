import { defineConfig } from '@playwright/test';

const minute = 60_000;

// The system test: the real parts, in Debian's Chromium.
export default defineConfig({
  testDir: 'system',
  globalSetup: './system/build.ts',
  outputDir: 'test-results',
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
      ],
    },
  },
});
