import { defineConfig } from '@playwright/test';

// The system test: the real parts, in Debian's Chromium.
export default defineConfig({
  testDir: 'system',
  outputDir: 'test-results',
  // Each file has a local run of its own. Much of a test is waiting, so two of them fit on two processors.
  workers: 2,
  retries: 0,
  forbidOnly: true,
  timeout: 60_000,
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
