import { defineConfig } from '@playwright/test';
import config from './playwright.config';

// The configuration of the measurements: see system/perf.bench.ts.
export default defineConfig(config, { testMatch: '*.bench.ts', outputDir: 'test-results/bench' });
