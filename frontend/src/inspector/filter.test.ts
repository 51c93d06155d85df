import { describe, expect, it } from 'vitest';
import { connectionIds, filterEvents, withTrace } from './filter';
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

describe('withTrace', () => {
  const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
  const traced = lambdaEvent({ id: 5, log: ['START RequestId: 1', `{"trace":"${trace}"}`] });
  const reached = lambdaEvent({ id: 6, kind: 'push', log: [`{"connectionTraces":["${trace}"]}`] });
  const { log: _, ...silent } = mine;

  it.each([
    [trace, [traced, reached]],
    [` ${trace.toUpperCase()}\n`, [traced, reached]],
    [trace.slice(0, 8), [traced, reached]],
    ['0af7651916cd43dd8448eb211c80319c', []],
    ['  ', [silent, traced, reached]],
  ])('selects the events of %j', (text, shown) => {
    expect(withTrace([silent, traced, reached], text)).toEqual(shown);
  });
});
