import { cleanup, configure } from '@testing-library/react';
import { afterEach, beforeEach } from 'vitest';

// All tests of a process share one window, so each test gets an empty one.
beforeEach(() => {
  localStorage.clear();
  sessionStorage.clear();
});

afterEach(cleanup);

// This limit ends only a test that hangs, as those in vite.config.ts.
configure({ asyncUtilTimeout: 120_000 });
