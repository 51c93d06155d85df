import { useState } from 'react';
import { chooseTheme, storedTheme, type Theme, themes } from '../theme';
import { Icon } from './icon';
import './theme-switch.css';

const names: Readonly<Record<Theme, string>> = { system: 'System', light: 'Light', dark: 'Dark' };

/** A menu for the theme: light, dark or that of the system. The icon shows the choice. */
export function ThemeSwitch() {
  const [theme, setTheme] = useState(storedTheme);
  return (
    <span className="button button-icon theme" title={`Theme: ${names[theme]}`}>
      <Icon name={theme} />
      <select
        aria-label="Theme"
        value={theme}
        onChange={({ target }) => {
          const chosen = themes.find((one) => one === target.value) ?? 'system';
          setTheme(chosen);
          chooseTheme(chosen);
        }}
      >
        {themes.map((one) => (
          <option key={one} value={one}>
            {names[one]}
          </option>
        ))}
      </select>
    </span>
  );
}
