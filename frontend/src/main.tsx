import { App } from './app/app';
import { start } from './console/start';
import { showTheme, storedTheme } from './theme';
import './styles/tokens.css';
import './styles/base.css';
import './styles/tabs.css';
import './styles/connection.css';
import './styles/messages.css';
import './styles/composer.css';
import './styles/extras.css';
import './styles/dialog.css';
// Last, because it adapts the parts above to the width of the window.
import './styles/page.css';

showTheme(storedTheme());

// "Back" may show a page that the browser has kept from another user.
addEventListener('pageshow', ({ persisted }) => persisted && location.reload());

const element = document.getElementById('root');
if (element) {
  void start(element, App);
}
