import { store, stored } from './stored';

/** Light, dark, or the setting of the system. */
export type Theme = 'system' | 'light' | 'dark';

export const themes: readonly Theme[] = ['system', 'light', 'dark'];

const key = 'theme';

/** Returns the theme that was chosen in this browser. */
export function storedTheme(): Theme {
  const kept = stored(key);
  return themes.find((theme) => theme === kept) ?? 'system';
}

/** Shows the page in a theme. */
export function showTheme(theme: Theme): void {
  if (theme === 'system') {
    delete document.documentElement.dataset.theme;
  } else {
    document.documentElement.dataset.theme = theme;
  }
}

/** Shows the page in a theme, now and on later visits. */
export function chooseTheme(theme: Theme): void {
  showTheme(theme);
  store(key, theme);
}
