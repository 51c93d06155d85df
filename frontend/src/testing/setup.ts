import { cleanup, configure } from '@testing-library/react';
import { afterEach, beforeEach } from 'vitest';

// All tests of a process share one window, so each test gets an empty one.
beforeEach(() => {
  localStorage.clear();
  sessionStorage.clear();
});

afterEach(cleanup);

// Only a hang takes so long, as in vite.config.ts.
configure({ asyncUtilTimeout: 120_000 });
