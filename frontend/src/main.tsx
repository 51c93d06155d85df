// First, because it declares the order of the layers.
import './styles/index.css';

import { App } from './app/app';
import { start } from './console/start';
import { showTheme, storedTheme } from './theme';

showTheme(storedTheme());

// "Back" may show a page that the browser has kept from another user.
addEventListener('pageshow', ({ persisted }) => persisted && location.reload());

const element = document.getElementById('root');
if (element) {
  void start(element, App);
}
