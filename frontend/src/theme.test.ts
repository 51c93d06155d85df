import { expect, it, vi } from 'vitest';
import { chooseTheme, showTheme, storedTheme } from './theme';

it('returns the system’s theme until another is chosen, which is stored', () => {
  expect(storedTheme()).toBe('system');
  chooseTheme('dark');
  expect([storedTheme(), document.documentElement.dataset.theme]).toEqual(['dark', 'dark']);
  showTheme('system');
  expect(document.documentElement.dataset.theme).toBeUndefined();
  localStorage.setItem('theme', 'pink');
  expect(storedTheme()).toBe('system');
});

it('works without storage', () => {
  vi.spyOn(globalThis, 'localStorage', 'get').mockImplementation(() => {
    throw new DOMException('denied', 'SecurityError');
  });
  chooseTheme('light');
  expect([storedTheme(), document.documentElement.dataset.theme]).toEqual(['system', 'light']);
});
