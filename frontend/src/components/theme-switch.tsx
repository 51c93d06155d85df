import { useState } from 'react';
import { chooseTheme, storedTheme, themes } from '../theme';

/** Selects the theme: light, dark or that of the system. */
export function ThemeSwitch() {
  const [theme, setTheme] = useState(storedTheme);
  return (
    <select
      className="select select-quiet"
      aria-label="Theme"
      value={theme}
      onChange={({ target }) => {
        const chosen = themes.find((one) => one === target.value) ?? 'system';
        setTheme(chosen);
        chooseTheme(chosen);
      }}
    >
      <option value="system">System</option>
      <option value="light">Light</option>
      <option value="dark">Dark</option>
    </select>
  );
}
