import { httpProblem, quote, socketProblem } from './address';
import type { Config, LoadedConfig } from './config';
import { Failover } from './socket/failover';
import type { Attempt, ConnectParams, Options } from './socket/options';
import type { SocketEvent } from './socket/state';

/** The addresses of the stack in one region. `region` is its name, such as eu-west-1. */
export type Region = Pick<Config, 'websocketUrl' | 'httpUrl'> & { readonly region: string };

/** The part of a socket that moves to another stack. */
export type Mover = {
  readonly options: Pick<Options, 'connectParams' | 'limits'>;
  /** Must be called with each event of the socket. */
  readonly follow: (event: SocketEvent) => void;
};

/** The stacks of a page in several regions, in the order of preference. A page with one stack does not load this file. */
export class Regions {
  readonly all: readonly Region[];

  constructor(all: readonly Region[]) {
    this.all = all;
  }

  /** Returns a new choice of the stack for each attempt to connect, which begins with the first one. */
  choice(): Failover<Region> {
    return new Failover(this.all);
  }

  /** Returns the options of a socket that connects to one of the stacks. `params` supplies those of one HTTP API. */
  mover(params: (httpUrl: string | undefined, attempt: Attempt) => Promise<ConnectParams>): Mover {
    const { next, follow } = this.choice();
    const connectParams = async (attempt: Attempt) => {
      const { websocketUrl: url, httpUrl } = next();
      return { ...(await params(httpUrl, attempt)), url };
    };
    return { options: { connectParams, limits: { firstTries: 2 * this.all.length } }, follow };
  }
}

/**
 * Checks the key `regions` of the text of a configuration: at least two stacks, the page's own first. It returns the
 * configuration with them.
 */
export function withRegions(config: Config, text: string): LoadedConfig {
  const { regions } = JSON.parse(text);
  if (regions === undefined) {
    return { ok: true, config };
  }
  const problems = problemsOf(config, regions);
  return problems.length > 0
    ? { ok: false, problems }
    : { ok: true, config: { ...config, regions: new Regions(regions) } };
}

function problemsOf({ websocketUrl, httpUrl }: Config, regions: unknown): readonly string[] {
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

/** The required keys, and the problem of a text that is not empty. */
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
