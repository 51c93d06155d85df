import { expect, it } from 'vitest';
import { commandLineOf, eventOf, type Order, problemOf } from './order';

const push = (change: Partial<Order>): Order => ({ verb: 'push', kind: 'user', target: 'alice', text: '1', ...change });
const end = (change: Partial<Order>): Order => ({ ...push({ text: '' }), verb: 'disconnect', ...change });
const deployed = 'wss://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/live';
const local = 'ws://127.0.0.1:8081/live';

it.each<[Order, string, string]>([
  [
    push({ text: '{"n": 1.0}' }),
    '{"push":{"target":{"user":"alice"},"message":{"n": 1.0}}}',
    `echo '{"n": 1.0}' | scripts/send.sh --user=alice /dev/stdin`,
  ],
  [
    push({ kind: 'all', target: 'ignored', text: ' "hello"\n' }),
    '{"push":{"target":{"all":true},"message": "hello"\n}}',
    `echo '"hello"' | scripts/send.sh --all /dev/stdin`,
  ],
  [
    push({ kind: 'channel', target: 'chat:room1', text: '{\n  "n": 1\n}' }),
    '{"push":{"target":{"channel":"chat:room1"},"message":{\n  "n": 1\n}}}',
    `echo '{ "n": 1 }' | scripts/send.sh --channel=chat:room1 /dev/stdin`,
  ],
  [
    push({ target: `O'Hara"; rm -rf /` }),
    `{"push":{"target":{"user":"O'Hara\\"; rm -rf /"},"message":1}}`,
    `echo 1 | scripts/send.sh --user='O'\\''Hara"; rm -rf /' /dev/stdin`,
  ],
  [
    end({ kind: 'connection', target: '-a=', text: 'Back at "noon".' }),
    '{"disconnect":{"target":{"connection":"-a="},"reason":"Back at \\"noon\\"."}}',
    `scripts/send.sh --disconnect --reason='Back at "noon".' --connection=-a=`,
  ],
  [
    end({ kind: 'all', target: '' }),
    '{"disconnect":{"target":{"all":true},"reason":""}}',
    'scripts/send.sh --disconnect --all',
  ],
])('makes the event and the command of %j', (order, event, command) => {
  expect(problemOf(order)).toBeUndefined();
  expect(eventOf(order)).toBe(event);
  expect(() => JSON.parse(eventOf(order))).not.toThrow();
  expect(commandLineOf(order, deployed)).toBe(command);
});

it('names the local run in the command', () => {
  expect(commandLineOf(end({}), local)).toBe('scripts/send.sh --local --disconnect --user=alice');
  expect(commandLineOf(end({}), local, '.local/two/outputs.json')).toBe(
    'SALLYPORT_OUTPUTS=.local/two/outputs.json scripts/send.sh --local --disconnect --user=alice',
  );
});

it.each<[Order, RegExp]>([
  [push({ text: 'hello' }), /not JSON/],
  [push({ text: '' }), /not JSON/],
  [push({ text: '1},"x":{' }), /not JSON/],
  [push({ target: '' }), /name of a user/],
  [push({ kind: 'connection', target: '' }), /connection id/],
  [push({ kind: 'channel', target: '' }), /channel/],
  [end({ kind: 'channel', target: 'chat:1' }), /cannot be disconnected/],
])('reports the problem of %j', (order, problem) => {
  expect(problemOf(order)).toMatch(problem);
});
