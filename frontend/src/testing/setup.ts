import { cleanup, configure } from '@testing-library/react';
import { afterEach } from 'vitest';

afterEach(cleanup);

// Only a hang takes so long, as in vite.config.ts.
configure({ asyncUtilTimeout: 120_000 });
