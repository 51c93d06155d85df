import { describe, expect, it } from 'vitest';
import { routes as sample } from '../../../lambda/contract/testdata/contract';
import type { Field } from '../contract';
import { fieldText, withField } from './route-fields';

const field = (kind: Field['kind'], required = true): Field => ({ name: 'f', kind, required });

describe('withField', () => {
  it.each<[Field, string, string | undefined]>([
    [field('string'), 'x "y"', '{"action":"a","f":"x \\"y\\""}'],
    [field('string'), '', '{"action":"a","f":""}'],
    [field('string', false), '', '{"action":"a"}'],
    [field('integer'), '12', '{"action":"a","f":12}'],
    [field('integer'), '1.5', undefined],
    [field('integer'), '', undefined],
    [field('integer', false), '', '{"action":"a"}'],
    [field('number'), '-1.5e3', '{"action":"a","f":-1500}'],
    [field('number'), '"1"', undefined],
    [field('boolean'), 'true', '{"action":"a","f":true}'],
    [field('boolean'), 'false', '{"action":"a","f":false}'],
    [field('boolean', false), '', '{"action":"a"}'],
    [field('json'), '[1,{"a":null}]', '{"action":"a","f":[1,{"a":null}]}'],
    [field('json'), '[1,', undefined],
    [field('json', false), '', '{"action":"a"}'],
  ])('%j with %j is %j', (one, text, message) => {
    expect(withField('{"action":"a","f":"old"}', one, text)).toBe(message);
    expect(withField('{"action":"a"}', one, text), 'without an old value').toBe(message);
    if (message !== undefined) {
      expect(JSON.parse(withField(message, one, fieldText(message, one)) ?? '')).toEqual(JSON.parse(message));
    }
  });

  it('keeps the order of the fields, and the lines', () => {
    expect(withField('{"f":1,"action":"a"}', field('integer'), '2')).toBe('{"f":2,"action":"a"}');
    expect(withField('{\n"action":"a"}', field('integer'), '2')).toBe('{\n  "action": "a",\n  "f": 2\n}');
  });

  it.each(['text', '[]', 'null', '1'])('does not change %s, which has no fields', (message) => {
    expect(withField(message, field('integer'), '2')).toBeUndefined();
    expect(fieldText(message, field('integer'))).toBe('');
  });

  it('reads the example of every route', () => {
    for (const { example, fields } of sample) {
      for (const one of fields ?? []) {
        const text = fieldText(example, one);
        expect(text === '' && one.required && one.kind !== 'string', `${example} lacks ${one.name}`).toBe(false);
        expect(withField(example, one, text)).toBe(example);
      }
    }
  });
});
