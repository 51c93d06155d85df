// Yours: add a message for each route of lambda/app.

import type { Template } from '../components/composer';

/** The messages in the list "Template" of the console: one for each route, and three with a special treatment. */
export const templates: readonly Template[] = [
  { name: '$default: echo of JSON', text: '{"hello": "sallyport", "numbers": [1, 2, 3]}' },
  { name: '$default: echo of text', text: 'Hello from the console' },
  { name: 'whoami: my identity on the server', text: '{"action": "whoami"}' },
  { name: 'ping: answered without the Lambda', text: '{"action": "ping"}' },
  { name: 'unknown route: goes to $default', text: '{"action": "nowhere"}' },
  { name: '33 KB: too large for one frame', text: JSON.stringify({ much: 'x'.repeat(33 * 1024) }) },
];
