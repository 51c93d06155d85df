import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  plugins: [react()],
  build: {
    // The site's policy allows no inline script, style or data address, so
    // everything stays a file of its own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // Messages that the backend's tests and ours both read.
  server: { fs: { allow: ['.', '../lambda/handler/testdata/message'] } },
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.{ts,tsx}'],
    setupFiles: ['src/testing/setup.ts'],
    // Only a hang takes so long: no test may depend on the speed of the machine.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    restoreMocks: true,
    unstubGlobals: true,
  },
});
