import { defineConfig } from '@playwright/test';
import config from './playwright.config';

// What is measured, not tested: see system/perf.bench.ts.
export default defineConfig(config, { testMatch: '*.bench.ts', outputDir: 'test-results/bench' });
