import { start } from './app/start';
import './styles/tokens.css';
import './styles/base.css';
import './styles/connection.css';
import './styles/messages.css';
import './styles/composer.css';
// Last, since it fits the parts above to the width of the window.
import './styles/page.css';

const element = document.getElementById('root');
if (element) {
  void start(element);
}
