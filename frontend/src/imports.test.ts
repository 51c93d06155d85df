import { expect, it } from 'vitest';

const files = import.meta.glob<string>('./**/*.{ts,tsx}', { query: '?raw', import: 'default', eager: true });

it('only main.tsx imports src/app, which belongs to the user', () => {
  const importers = Object.entries(files)
    .filter(([path, text]) => !path.startsWith('./app/') && /(from|import)\s*\(?\s*'(\.\.?\/)+app\//.test(text))
    .map(([path]) => path);
  expect(importers).toEqual(['./main.tsx']);
});
