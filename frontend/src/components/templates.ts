/** A message to start from. */
export type Template = { readonly name: string; readonly text: string };

/** One for each route, and the two that API Gateway treats in its own way. */
export const templates: readonly Template[] = [
  { name: '$default: echo of JSON', text: '{"hello": "sallyport", "numbers": [1, 2, 3]}' },
  { name: '$default: echo of text', text: 'Hello from the console' },
  { name: 'whoami: who the backend says I am', text: '{"action": "whoami"}' },
  { name: 'ping: answered without the Lambda', text: '{"action": "ping"}' },
  { name: 'no such route: goes to $default', text: '{"action": "nowhere"}' },
  { name: '33 KB: too much for one frame', text: JSON.stringify({ much: 'x'.repeat(33 * 1024) }) },
];
