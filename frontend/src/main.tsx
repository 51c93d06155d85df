import { start } from './app/start';
import './styles/tokens.css';
import './styles/base.css';
import './styles/console.css';

const element = document.getElementById('root');
if (element) {
  void start(element);
}
