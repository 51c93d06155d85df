import { describe, expect, it } from 'vitest';
import { randomOf } from '../testing/random';
import { JsonPath } from './json-path';
import { pointerStep } from './json-pointer';

const message = {
  type: 'event',
  data: { name: 'order.created', order: 'A-1001', items: [{ count: 3 }, { count: 5 }], 'two words': null, gift: true },
};

describe('JsonPath', () => {
  it.each<[string, string[]]>([
    ['$', ['']],
    ['$.type', ['/type']],
    ['$.data.items[0]', ['/data/items/0']],
    ['$.data.items[-1].count', ['/data/items/1/count']],
    ['$.data.items[*].count', ['/data/items/0/count', '/data/items/1/count']],
    ["$['data']['two words']", ['/data/two words']],
    ['$["data"].order', ['/data/order']],
    ['$..count', ['/data/items/0/count', '/data/items/1/count']],
    ['$..items..count', ['/data/items/0/count', '/data/items/1/count']],
    ['$..[1]', ['/data/items/1']],
    ['$.data.*', ['/data/name', '/data/order', '/data/items', '/data/two words', '/data/gift']],
    ['$.nothing', []],
    ['$.type.length', []],
    ['$.data.items.length', []],
    ['$.data.constructor', []],
    ['$.data.items[9]', []],
    ['$..count >= 4', ['/data/items/1/count']],
    ['$..count == 3', ['/data/items/0/count']],
    ['$..count = 3', ['/data/items/0/count']],
    ['$..count != 3', ['/data/items/1/count']],
    ['$..count < 4', ['/data/items/0/count']],
    ['$..count > 9', []],
    ['$.data.order == "A-1001"', ['/data/order']],
    ["$.data.order == 'A-1001'", ['/data/order']],
    ['$.data.order == A-1001', ['/data/order']],
    ['$.data.order =~ /^a-\\d+$/i', ['/data/order']],
    ['$.data.order =~ 1001', ['/data/order']],
    ['$.data.order > 5', []],
    ['$.data.gift == true', ['/data/gift']],
    ["$.data['two words'] == null", ['/data/two words']],
    ['$.data.items[0] == {"count":3}', ['/data/items/0']],
    ['$.data.name <= "p"', ['/data/name']],
  ])('%s finds %j', (path, pointers) => {
    const found = [...new JsonPath(path).pointers(message)];
    expect(found.toSorted()).toEqual(pointers.toSorted());
    expect(new JsonPath(path).test(message)).toBe(pointers.length > 0);
  });

  it.each([
    ['$.', 'needs a name or * at character 3, not the end'],
    ['$..', 'needs a name or * at character 4'],
    ['$.a[', 'needs an index, a name in quotes or * at character 5'],
    ['$.a[0', 'needs ] at character 6'],
    ['$.a b', 'needs one of . [ == != < <= > >= =~ at character 5, not "b"'],
    ['$.a ==', 'The comparison == needs a value after it'],
    ['$.a =~ /(/', 'missing closing )'],
    ['a.b', 'needs $ at character 1'],
  ])('refuses %s with the position', (path, reason) => {
    expect(() => new JsonPath(path)).toThrow(reason);
  });

  it('finds every value of random JSON by its own path, and only that one', () => {
    const { json } = randomOf(3);
    const walk = (root: unknown, value: unknown, path: string, pointer: string): void => {
      expect([...new JsonPath(path).pointers(root)], `${path} in ${JSON.stringify(root)}`).toEqual([pointer]);
      if (typeof value === 'object' && value !== null) {
        for (const [key, child] of Object.entries(value)) {
          const step = Array.isArray(value) ? `[${key}]` : `[${JSON.stringify(key)}]`;
          walk(root, child, path + step, pointer + pointerStep(key));
        }
      }
    };
    for (let round = 0; round < 300; round++) {
      const value = json(4);
      walk(value, value, '$', '');
    }
  });

  it('visits the deepest and the widest message once', () => {
    let deep: unknown = 1;
    for (let depth = 0; depth < 60_000; depth++) {
      deep = [deep];
    }
    expect(new JsonPath('$..*..*..* == 1').test(deep)).toBe(true);
    expect(new JsonPath('$..*..* == 2').test(Array(60_000).fill(1))).toBe(false);
    expect(new JsonPath('$..*').pointers(Array(60_000).fill(1)).size).toBe(500);
  });
});
