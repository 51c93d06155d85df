import { describe, expect, it } from 'vitest';
import { type LoadedConfig, loadConfig } from './config';
import { defaultTiming } from './socket/options';

const good = {
  websocketUrl: 'wss://a1b2c3d4e5.execute-api.eu-west-1.amazonaws.com/live',
  issuer: 'https://sign-in.example',
  clientId: 'console',
  scope: 'openid profile',
};

function parse(change: Record<string, unknown>): Promise<LoadedConfig> {
  return load(JSON.stringify({ ...good, ...change }));
}

function load(text: string): Promise<LoadedConfig> {
  return loadConfig(async () => new Response(text));
}

describe('a configuration', () => {
  it('is accepted if it is complete, and unknown keys are ignored', async () => {
    expect(await parse({ other: true })).toEqual({ ok: true, config: good });
  });

  it('accepts the audience', async () => {
    expect(await parse({ audience: 'https://api.example' })).toEqual({
      ok: true,
      config: { ...good, audience: 'https://api.example' },
    });
    expect(await parse({ audience: '' })).toEqual({ ok: false, problems: ['audience must not be empty, but is "".'] });
    expect(await parse({ audience: ['a'] })).toEqual({
      ok: false,
      problems: ['audience must be a string, but is ["a"].'],
    });
  });

  it('accepts an address for signing out', async () => {
    const signOutUrl = 'https://api.auth.eu-west-1.amazoncognito.com/logout?client_id=console';
    expect(await parse({ signOutUrl })).toEqual({ ok: true, config: { ...good, signOutUrl } });
  });

  it('accepts the address of the HTTP API, and removes a slash at its end', async () => {
    const httpUrl = 'https://f6g7h8i9j0.execute-api.eu-west-1.amazonaws.com';
    expect(await parse({ httpUrl })).toEqual({ ok: true, config: { ...good, httpUrl } });
    expect(await parse({ httpUrl: `${httpUrl}/` })).toEqual({ ok: true, config: { ...good, httpUrl } });
    const local = 'http://127.0.0.1:8083';
    expect(await parse({ httpUrl: local })).toEqual({ ok: true, config: { ...good, httpUrl: local } });
  });

  it('accepts parameters of the authorization request', async () => {
    const authorizationParameters = { audience: 'https://api.example', prompt: 'select_account', 'x y': '' };
    expect(await parse({ authorizationParameters })).toEqual({
      ok: true,
      config: { ...good, authorizationParameters },
    });
  });

  it('accepts idTokenHint', async () => {
    expect(await parse({ idTokenHint: true })).toEqual({ ok: true, config: { ...good, idTokenHint: true } });
    expect(await parse({ idTokenHint: false })).toEqual({ ok: true, config: good });
  });

  it.each([
    'state',
    'nonce',
    'code_challenge',
    'code_challenge_method',
    'redirect_uri',
    'client_id',
    'dpop_jkt',
    'response_type',
    'response_mode',
    'request',
    'request_uri',
  ])('rejects the authorization parameter %s', async (name) => {
    expect(await parse({ authorizationParameters: { [name]: 'x' } })).toEqual({
      ok: false,
      problems: [`authorizationParameters.${name} cannot be set: the page sets it by itself.`],
    });
  });

  it('accepts times of the socket', async () => {
    const socket = { renewal: 5000, overlap: 0 };
    expect(await parse({ socket })).toEqual({ ok: true, config: { ...good, socket } });
  });

  it('accepts local', async () => {
    expect(await parse({ local: true })).toEqual({ ok: true, config: { ...good, local: true } });
    expect(await parse({ local: false })).toEqual({ ok: true, config: good });
    const outputs = '.local/second/outputs.json';
    expect(await parse({ outputs })).toEqual({ ok: true, config: { ...good, outputs } });
  });

  it.each([
    ['127.0.0.1', 'ws://127.0.0.1:8081/live', 'http://127.0.0.1:8082'],
    ['localhost', 'ws://localhost:8081/live', 'http://localhost:8082'],
    ['::1', 'ws://[::1]:8081/live', 'http://[::1]:8082'],
  ])('accepts unencrypted addresses on %s', async (_, websocketUrl, issuer) => {
    expect(await parse({ websocketUrl, issuer })).toEqual({ ok: true, config: { ...good, websocketUrl, issuer } });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ['a missing key', { clientId: undefined }, 'clientId is missing.'],
    ['a wrong type', { issuer: 42 }, 'issuer must be a string, but is 42.'],
    ['null', { scope: null }, 'scope must be a string, but is null.'],
    ['an empty string', { clientId: '' }, 'clientId must not be empty, but is "".'],
    [
      'an address without scheme',
      { websocketUrl: 'api' },
      'websocketUrl must be an address with wss:// (ws:// only for this machine), but is "api".',
    ],
    [
      'unencrypted ws to another machine',
      { websocketUrl: 'ws://api.example' },
      'websocketUrl must be an address with wss:// (ws:// only for this machine), but is "ws://api.example".',
    ],
    [
      'unencrypted http to a host that only looks local',
      { issuer: 'http://127.0.0.1.api.example' },
      'issuer must be an address with https:// (http:// only for this machine), but is "http://127.0.0.1.api.example".',
    ],
    [
      'a script for signing out',
      { signOutUrl: 'javascript:alert(1)' },
      'signOutUrl must be an address with https:// (http:// only for this machine), but is "javascript:alert(1)".',
    ],
    [
      'unencrypted http to another machine',
      { httpUrl: 'http://api.example' },
      'httpUrl must be an address with https:// (http:// only for this machine), but is "http://api.example".',
    ],
    ['an httpUrl of another type', { httpUrl: false }, 'httpUrl must be a string, but is false.'],
    [
      'the scope among the parameters',
      { authorizationParameters: { scope: 'openid' } },
      'authorizationParameters.scope cannot be set: use the setting scope.',
    ],
    [
      'a secret among the parameters',
      { authorizationParameters: { client_secret: 'x' } },
      'authorizationParameters.client_secret cannot be set: a page cannot keep a secret.',
    ],
    [
      'parameters of another type',
      { authorizationParameters: ['a'] },
      'authorizationParameters must be a JSON object, but is ["a"].',
    ],
    [
      'a parameter that is not a string',
      { authorizationParameters: { max_age: 5 } },
      'authorizationParameters.max_age must be a string, but is 5.',
    ],
    [
      'a parameter without a name',
      { authorizationParameters: { '': 'x' } },
      'authorizationParameters has a parameter without a name.',
    ],
    ['an idTokenHint of another type', { idTokenHint: 'yes' }, 'idTokenHint must be true or false, but is "yes".'],
    ['times of another type', { socket: 5 }, 'socket must be a JSON object, but is 5.'],
    [
      'a time that is not a number',
      { socket: { pong: '1 s' } },
      'socket.pong must be a number of milliseconds, but is "1 s".',
    ],
    ['a negative time', { socket: { pong: -1 } }, 'socket.pong must be a number of milliseconds, but is -1.'],
    [
      'an unknown time',
      { socket: { renew: 1 } },
      `socket.renew is not a setting of the socket. The settings are ${Object.keys(defaultTiming).join(', ')}.`,
    ],
    ['an empty outputs', { outputs: '' }, 'outputs must not be empty, but is "".'],
    ['an outputs that is not a string', { outputs: true }, 'outputs must be a string, but is true.'],
    ['a local of another type', { local: 'yes' }, 'local must be true or false, but is "yes".'],
    ['a scope without openid', { scope: 'profile' }, 'scope must contain openid, but is "profile".'],
  ])('reports %s', async (_, change, problem) => {
    expect(await parse(change)).toEqual({ ok: false, problems: [problem] });
  });

  it('reports all problems at once', async () => {
    expect(await load('{"issuer":true}')).toEqual({
      ok: false,
      problems: [
        'websocketUrl is missing.',
        'issuer must be a string, but is true.',
        'clientId is missing.',
        'scope is missing.',
      ],
    });
  });

  it.each(['[]', 'null', '"text"', '7'])('rejects %s', async (text) => {
    expect(await load(text)).toEqual({ ok: false, problems: [`It must be a JSON object, but is ${text}.`] });
  });

  it.each(['', '<!doctype html><html>', '{"issuer":'])(
    'quotes the beginning of %j, which is not JSON',
    async (text) => {
      const loaded = await load(text);
      expect(loaded).toMatchObject({ ok: false, problems: [expect.stringContaining(JSON.stringify(text))] });
      expect(loaded).toMatchObject({ problems: [expect.stringMatching(/^It is not JSON/)] });
    },
  );

  it('quotes only the beginning of a long value', async () => {
    const loaded = await parse({ issuer: 'x'.repeat(10_000) });
    expect(JSON.stringify(loaded).length).toBeLessThan(300);
  });
});

describe('loadConfig', () => {
  it('reads /config.json', async () => {
    const asked: unknown[] = [];
    const loaded = await loadConfig(async (input) => {
      asked.push(input);
      return new Response(JSON.stringify(good));
    });
    expect(asked).toEqual(['/config.json']);
    expect(loaded).toEqual({ ok: true, config: good });
  });

  it('reports an error status', async () => {
    const loaded = await loadConfig(async () => new Response('gone', { status: 404 }));
    expect(loaded).toEqual({ ok: false, problems: ['The server answered 404 for /config.json.'] });
  });

  it('reports a network error', async () => {
    const loaded = await loadConfig(() => Promise.reject(new TypeError('Failed to fetch')));
    expect(loaded).toEqual({ ok: false, problems: ['/config.json could not be fetched: Failed to fetch.'] });
  });
});
