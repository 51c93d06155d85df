import { httpProblem, isObject, quote, socketProblem } from './address';
import type { Config, LoadedConfig } from './config';
import { type Region, Regions } from './regions';
import { defaultTiming, type Timing } from './socket/options';

/**
 * Parameters of the authorization request that protect the sign-in or determine the receiver of the response. They cannot
 * be configured, because a configuration could disable the protection.
 */
const reservedParameters: ReadonlySet<string> = new Set([
  'client_id',
  'client_secret',
  'code_challenge',
  'code_challenge_method',
  'dpop_jkt',
  'nonce',
  'redirect_uri',
  'request',
  'request_uri',
  'response_mode',
  'response_type',
  'scope',
  'state',
]);

/** What to do instead of setting a reserved parameter that the page does not set by itself. */
const remedies: Readonly<Record<string, string>> = {
  scope: 'use the setting scope',
  client_secret: 'a page cannot keep a secret',
};

/**
 * Checks the keys of a configuration that most stacks do not have: `authorizationParameters`, `socket` and `regions`. It
 * returns the configuration with them.
 */
export function withMore(config: Config, value: Readonly<Record<string, unknown>>): LoadedConfig {
  const problems: string[] = [];
  const { authorizationParameters, socket, regions } = value;
  const more: Config = {
    ...config,
    ...(authorizationParameters !== undefined && {
      authorizationParameters: readParameters(authorizationParameters, problems),
    }),
    ...(socket !== undefined && { socket: readTiming(socket, problems) }),
    ...(regions !== undefined && { regions: readRegions(config, regions, problems) }),
  };
  return problems.length > 0 ? { ok: false, problems } : { ok: true, config: more };
}

function readParameters(value: unknown, problems: string[]): Readonly<Record<string, string>> {
  if (!isObject(value)) {
    problems.push(`authorizationParameters must be a JSON object, but is ${quote(value)}.`);
    return {};
  }
  for (const [name, text] of Object.entries(value)) {
    if (reservedParameters.has(name)) {
      const remedy = remedies[name] ?? 'the page sets it by itself';
      problems.push(`authorizationParameters.${name} cannot be set: ${remedy}.`);
    } else if (name === '') {
      problems.push('authorizationParameters has a parameter without a name.');
    } else if (typeof text !== 'string') {
      problems.push(`authorizationParameters.${name} must be a string, but is ${quote(text)}.`);
    }
  }
  return value as Readonly<Record<string, string>>;
}

function readTiming(value: unknown, problems: string[]): Partial<Timing> {
  if (!isObject(value)) {
    problems.push(`socket must be a JSON object, but is ${quote(value)}.`);
    return {};
  }
  for (const [name, time] of Object.entries(value)) {
    if (!Object.hasOwn(defaultTiming, name)) {
      problems.push(
        `socket.${name} is not a setting of the socket. The settings are ${Object.keys(defaultTiming).join(', ')}.`,
      );
    } else if (typeof time !== 'number' || !Number.isFinite(time) || time < 0) {
      problems.push(`socket.${name} must be a number of milliseconds, but is ${quote(time)}.`);
    }
  }
  return value;
}

function readRegions(config: Config, regions: unknown, problems: string[]): Regions {
  problems.push(...regionProblems(config, regions));
  return new Regions(regions as readonly Region[]);
}

/** Returns the problems of the stacks. There must be at least two, and the first one must be that of the page. */
function regionProblems({ websocketUrl, httpUrl }: Config, regions: unknown): readonly string[] {
  if (!Array.isArray(regions) || regions.length < 2) {
    return [`regions must be a list of at least two stacks, but is ${quote(regions)}.`];
  }
  const checks: Checks = {
    region: () => undefined,
    websocketUrl: socketProblem,
    ...(httpUrl !== undefined && { httpUrl: httpProblem }),
  };
  const problems = regions.flatMap((one, i) => stackProblems(one, checks).map((problem) => `regions[${i}]${problem}`));
  return problems.length > 0 || regions[0].websocketUrl === websocketUrl
    ? problems
    : [`regions[0].websocketUrl must be websocketUrl, but is ${quote(regions[0].websocketUrl)}.`];
}

/** The required keys. Each function returns the problem of a text that is not empty, if there is one. */
type Checks = Readonly<Record<string, (text: string) => string | undefined>>;

function stackProblems(value: unknown, checks: Checks): readonly string[] {
  if (typeof value !== 'object' || value === null) {
    return [` must be a JSON object, but is ${quote(value)}.`];
  }
  const found = value as Readonly<Record<string, unknown>>;
  return Object.entries(checks).flatMap(([key, problemOf]) => {
    const text = found[key];
    const problem = typeof text !== 'string' || text === '' ? 'must be a string that is not empty' : problemOf(text);
    return problem === undefined ? [] : [`.${key} ${problem}, but is ${text === undefined ? 'missing' : quote(text)}.`];
  });
}
