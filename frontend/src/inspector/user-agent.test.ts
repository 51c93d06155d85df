import { expect, it } from 'vitest';
import { clientOf } from './user-agent';

it.each([
  [
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36',
    'Chrome 140',
  ],
  ['Mozilla/5.0 (Windows NT 10.0) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0', 'Edge 140'],
  ['Mozilla/5.0 (X11; rv:143.0) Gecko/20100101 Firefox/143.0', 'Firefox 143'],
  ['Go-http-client/1.1 x', 'Go-http-client/1.1'],
  ['Chrome/', 'Chrome'],
  ['x'.repeat(500), 'x'.repeat(40)],
  ['', ''],
  [undefined, ''],
])('reads %j', (userAgent, client) => {
  expect(clientOf(userAgent)).toBe(client);
});
