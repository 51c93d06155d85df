import { describe, expect, it } from 'vitest';
import { connectionIds, filterEvents } from './filter';
import { lambdaEvent } from './fixtures';

const push = lambdaEvent({ id: 1, kind: 'push' });
const { connectionId: _, ...nobodys } = push;
const mine = lambdaEvent({ id: 2, connectionId: 'one' });
const others = lambdaEvent({ id: 3, connectionId: 'two' });
const refused = lambdaEvent({ id: 4, kind: 'authorizer', connectionId: 'three', error: 'Unauthorized' });
const all = [nobodys, mine, others, refused];

describe('filterEvents', () => {
  it.each([
    ['mine', ['one'], [mine]],
    ['mine', ['one', 'two'], [mine, others]],
    ['mine', [], []],
    ['all', ['one'], all],
    ['two', ['one'], [others]],
  ])('selects %s for a page with the connections %j', (filter, own, shown) => {
    expect(filterEvents(all, filter, own)).toEqual(shown);
  });
});

it('lists the open connections first, then the latest ones of events', () => {
  const open = { id: 'two', connectedAt: 0, lastActiveAt: 0, sourceIp: '127.0.0.1', received: 0, sent: 0 };
  expect(connectionIds([open], all)).toEqual(['two', 'three', 'one']);
});
