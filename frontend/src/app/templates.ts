// Yours: change and add templates.

import type { Template } from '../components/composer';
import { routes } from '../contract';

/** The messages in the list "Template" of the console: one for each route of lambda/app, and three special ones. */
export const templates: readonly Template[] = [
  ...routes
    .filter(({ action }) => action !== 'refresh') // the console sends it by itself
    .map(({ action, doc, example, fields }) => ({ name: `${action ?? '$default'}: ${doc}`, text: example, fields })),
  { name: '$default: JSON', text: '{"hello": "sallyport", "numbers": [1, 2, 3]}' },
  { name: 'unknown route: goes to $default', text: '{"action": "nowhere"}' },
  { name: '33 KB: too large for one frame', text: JSON.stringify({ much: 'x'.repeat(33 * 1024) }) },
];
