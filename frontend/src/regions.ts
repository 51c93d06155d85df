import type { Config } from './config';
import { Failover } from './socket/failover';
import type { Attempt, ConnectParams, Options } from './socket/options';
import type { SocketEvent } from './socket/state';

/** The addresses of the stack in one region. `region` is its name, such as eu-west-1. */
export type Region = Pick<Config, 'websocketUrl' | 'httpUrl'> & { readonly region: string };

/** The options and the listener with which a socket moves to another stack. */
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

  /** Returns a Failover over the stacks. It begins with the first one. */
  choice(): Failover<Region> {
    return new Failover(this.all);
  }

  /** Returns the options of a socket that connects to one of the stacks. `params` returns the connect parameters from one HTTP API. */
  mover(params: (httpUrl: string | undefined, attempt: Attempt) => Promise<ConnectParams>): Mover {
    const { next, follow } = this.choice();
    const connectParams = async (attempt: Attempt) => {
      const { websocketUrl: url, httpUrl } = next();
      return { ...(await params(httpUrl, attempt)), url };
    };
    return { options: { connectParams, limits: { firstTries: 2 * this.all.length } }, follow };
  }
}
