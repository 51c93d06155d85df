import { describe, expect, it } from 'vitest';
import { loadConfig } from './config';
import { Regions } from './regions';

const own = { websocketUrl: 'wss://ireland.example/live', httpUrl: 'https://ireland.example' };
const good = { ...own, issuer: 'https://sign-in.example', clientId: 'console', scope: 'openid' };
const ireland = { region: 'eu-west-1', ...own };
const frankfurt = {
  region: 'eu-central-1',
  websocketUrl: 'wss://frankfurt.example/live',
  httpUrl: 'https://frankfurt.example',
};

const load = (change: object) => loadConfig(async () => Response.json({ ...good, ...change }));

describe('the stacks of several regions in config.json', () => {
  it('are accepted', async () => {
    expect(await load({ regions: [ireland, frankfurt] })).toEqual({
      ok: true,
      config: { ...good, regions: new Regions([ireland, frankfurt]) },
    });
  });

  it('need no HTTP API if the stack has none', async () => {
    const { httpUrl: _, ...withoutTickets } = good;
    const regions = [ireland, frankfurt].map(({ region, websocketUrl }) => ({ region, websocketUrl }));
    expect(await loadConfig(async () => Response.json({ ...withoutTickets, regions }))).toMatchObject({ ok: true });
  });

  it.each([
    [[ireland], 'regions must be a list of at least two stacks, but is [{"region"'],
    ['eu', 'regions must be a list of at least two stacks, but is "eu".'],
    [[ireland, 'eu'], 'regions[1] must be a JSON object, but is "eu".'],
    [[ireland, { ...frankfurt, region: '' }], 'regions[1].region must be a string that is not empty, but is "".'],
    [
      [ireland, { ...frankfurt, websocketUrl: 'ws://frankfurt.example' }],
      'regions[1].websocketUrl must be an address with wss:// (ws:// only for this machine), but is "ws://frankfurt.example".',
    ],
    [
      [ireland, { ...frankfurt, httpUrl: undefined }],
      'regions[1].httpUrl must be a string that is not empty, but is missing.',
    ],
    [[frankfurt, ireland], 'regions[0].websocketUrl must be websocketUrl, but is "wss://frankfurt.example/live".'],
  ])('are refused with the value: %j', async (regions, problem) => {
    expect(await load({ regions })).toMatchObject({ ok: false, problems: [expect.stringContaining(problem)] });
  });
});

it('the socket gets the ticket of the stack to which it connects', async () => {
  const asked: (string | undefined)[] = [];
  const { options, follow } = new Regions([ireland, frankfurt]).mover(async (httpUrl) => {
    asked.push(httpUrl);
    return { protocols: ['sallyport.v1'] };
  });
  const attempt = { signal: new AbortController().signal, asked: true };
  const failed = { kind: 'failed', message: 'no network', final: false } as const;
  expect((await options.connectParams(attempt)).url).toBe(ireland.websocketUrl);
  follow({ kind: 'ended', ending: failed });
  follow({ kind: 'ended', ending: failed });
  expect((await options.connectParams(attempt)).url).toBe(frankfurt.websocketUrl);
  expect(asked).toEqual([ireland.httpUrl, frankfurt.httpUrl]);
  expect(options.limits).toEqual({ firstTries: 4 });
});
