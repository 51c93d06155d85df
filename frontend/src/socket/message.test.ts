import { describe, expect, it } from 'vitest';
import catalogue from '../errors.json';
import { actionOf, errorDataOf, parseMessage, refreshedUntil } from './message';

/** The messages that the backend's tests use, too, by path. */
const fixtures = import.meta.glob<string>('../../../lambda/handler/testdata/message/*.json', {
  query: '?raw',
  import: 'default',
  eager: true,
});

const connectionId = 'WhHAe-TROkECC5w=';
const requestId = 'WhHB0ptYOkEF4n8=';

describe('the fixtures shared with the backend', () => {
  const all = Object.entries(fixtures).map(([path, text]) => ({ name: path.replace(/^.*\/|\.json$/g, ''), text }));

  it('exist', () => {
    expect(all.map(({ name }) => name)).toEqual(expect.arrayContaining(['echo_text', 'gateway_forbidden', 'whoami']));
  });

  it.each(all)('$name has the type in its name', ({ name, text }) => {
    const [type] = name.split('_');
    const message = parseMessage(text);
    if (type === 'gateway') {
      expect(message).toEqual({ kind: 'error', error: { message: 'Forbidden', connectionId, requestId } });
    } else {
      expect(message).toEqual({ kind: 'typed', type, data: JSON.parse(text).data });
    }
  });

  it('contain errors and closing messages with catalogue codes, and a refreshed message', () => {
    const read = (name: string) => parseMessage(all.find((one) => one.name === name)?.text ?? '');
    for (const { name } of all.filter((one) => /^(error|closing)_/.test(one.name))) {
      const [type = '', ...code] = name.split('_');
      expect(errorDataOf(read(name), type as 'error' | 'closing')?.code).toBe(code.join('_'));
      expect(catalogue).toHaveProperty(code.join('_'));
    }
    expect(refreshedUntil(read('refreshed'))).toBeGreaterThan(1_700_000_000_000);
  });
});

describe('parseMessage', () => {
  it.each<[string, string]>([
    ['nothing', ''],
    ['a blank', ' '],
    ['words', 'hello'],
    ['half an object', '{"type":"echo"'],
    ['two objects', '{}{}'],
    ['single quotes', "{'type':'echo'}"],
    ['a lone surrogate', '\ud800'],
    ['a byte order mark', '\ufeff{"type":"echo"}'],
    ['not a number', 'NaN'],
  ])('parses %s as text', (_, text) => {
    expect(parseMessage(text)).toEqual({ kind: 'text', text });
  });

  it.each<[string, string]>([
    ['null', 'null'],
    ['a number', '42'],
    ['a string', '"echo"'],
    ['a list', '[{"type":"echo"}]'],
    ['an empty object', '{}'],
    ['a type that is a number', '{"type":1,"data":2}'],
    ['a type that is null', '{"type":null}'],
    ['an empty type', '{"type":""}'],
    ['an error without a connection id', `{"message":"Forbidden","requestId":"${requestId}"}`],
    ['an error without any request', `{"message":"Forbidden","connectionId":"${connectionId}"}`],
    ['an error with a number', `{"message":403,"connectionId":"${connectionId}","requestId":"${requestId}"}`],
    ['an error with a type', `{"type":5,"message":"x","connectionId":"${connectionId}","requestId":"${requestId}"}`],
    ['a foreign prototype', '{"__proto__":{"type":"echo"}}'],
  ])('parses %s as other JSON', (_, text) => {
    expect(parseMessage(text)).toEqual({ kind: 'json', value: JSON.parse(text) });
  });

  it('parses an error with a message id as an error', () => {
    const text = `{"message": "Bad request body", "connectionId":"${connectionId}", "messageId":"${requestId}"}`;
    expect(parseMessage(text)).toEqual({ kind: 'error', error: { message: 'Bad request body', connectionId } });
  });

  it('does not fail for 128 KB of brackets', () => {
    expect(parseMessage('['.repeat(131_072)).kind).toBe('text');
    expect(parseMessage('['.repeat(65_536) + ']'.repeat(65_536)).kind).toMatch(/json|text/);
  });

  it('returns the size of binary data', () => {
    expect(parseMessage(new ArrayBuffer(3))).toEqual({ kind: 'binary', size: 3 });
  });
});

describe('errorDataOf', () => {
  const of = (text: string, type: 'error' | 'closing') => errorDataOf(parseMessage(text), type);

  it('returns the data of an error or of a closing message, by type', () => {
    const data = { code: 'signed_out', message: 'You have signed out.' };
    const [error, closing] = ['error', 'closing'].map((type) => JSON.stringify({ type, data }));
    expect(of(error ?? '', 'error')).toEqual(data);
    expect(of(closing ?? '', 'closing')).toEqual(data);
    expect(of(error ?? '', 'closing')).toBeUndefined();
    expect(of(closing ?? '', 'error')).toBeUndefined();
  });

  it.each([
    '{"type":"error"}',
    '{"type":"error","data":null}',
    '{"type":"error","data":["code","message"]}',
    '{"type":"error","data":{"code":"x"}}',
    '{"type":"error","data":{"code":7,"message":"x"}}',
    '{"type":"error","data":{"code":"x","message":null}}',
    'error',
  ])('returns undefined for %s', (text) => {
    expect(of(text, 'error')).toBeUndefined();
  });
});

describe('refreshedUntil', () => {
  it.each<[string, number | undefined]>([
    ['{"type":"refreshed","data":{"expires":1708330500}}', 1_708_330_500_000],
    ['{"type":"refreshed","data":{"expires":"1708330500"}}', undefined],
    ['{"type":"refreshed","data":5}', undefined],
    ['{"type":"echo","data":{"expires":1708330500}}', undefined],
    ['refreshed', undefined],
  ])('for %s returns %s', (text, until) => {
    expect(refreshedUntil(parseMessage(text))).toBe(until);
  });
});

describe('actionOf', () => {
  it.each<[string, string | undefined]>([
    ['{"action":"whoami"}', 'whoami'],
    ['{"action":"whoami","more":1}', 'whoami'],
    ['{"action":5}', undefined],
    ['{"Action":"whoami"}', undefined],
    ['["action"]', undefined],
    ['null', undefined],
    ['{"action":', undefined],
    ['', undefined],
  ])('for %s returns %s', (text, action) => {
    expect(actionOf(text)).toBe(action);
  });
});
