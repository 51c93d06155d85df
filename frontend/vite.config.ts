import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

/** The tests that need a DOM but render no component. The others of the name *.test.ts run in Node.js alone. */
const domTests = [
  'src/{history,kept-log,saved-messages,theme}.test.ts',
  'src/conversation/conversation.test.ts',
  'src/errcode/catalogue.test.ts',
  'src/inspector/inspection.test.ts',
  'src/sign-in/{manager,sign-in,tab}.test.ts',
  'src/socket/readme.test.ts',
];

export default defineConfig({
  plugins: [react()],
  build: {
    // The site's policy allows no inline script, style or data address, so
    // everything stays a file of its own.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        // A file of its own for React: it is the same in the next version of the page, so browsers keep it.
        codeSplitting: {
          groups: [
            { name: 'react', test: /node_modules\/(react|react-dom|scheduler)\// },
            // The small files of the first page that parts loaded later need too: one file is smaller than four.
            { name: 'shared', test: /vite\/preload-helper|src\/(components\/modal|socket\/(bytes|message))\.ts/ },
          ],
        },
      },
    },
  },
  // Messages that the backend's tests and ours both read.
  server: { fs: { allow: ['.', '../lambda/handler/testdata/message'] } },
  test: {
    // These limits end only a test that hangs: no test may depend on the speed of the machine.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    restoreMocks: true,
    unstubGlobals: true,
    // The files of a project share one realm, because loading React and the libraries costs more time than the tests.
    // So a test must undo its changes of globals, storage and timers.
    isolate: false,
    projects: [
      { extends: true, test: { name: 'node', environment: 'node', include: ['src/**/*.test.ts'], exclude: domTests } },
      {
        extends: true,
        test: {
          name: 'dom',
          environment: 'happy-dom',
          include: ['src/**/*.test.tsx', ...domTests],
          setupFiles: ['src/testing/setup.ts'],
        },
      },
    ],
  },
});
