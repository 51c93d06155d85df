import { httpProblem, isObject, quote, socketProblem } from './address';
import type { Regions } from './regions';
import type { Timing } from './socket/options';

/** The configuration of the site, which is read when the page starts, not when it is built. */
export type Config = {
  /** The address of the WebSocket, wss://; plain ws:// only on this machine. */
  readonly websocketUrl: string;
  /**
   * The address of the HTTP API for tickets and for ending connections, https://; plain http:// only on this machine. A
   * stack without tickets has none: the page then connects with the token itself.
   */
  readonly httpUrl?: string;
  /** The OpenID Connect issuer: the claim `iss` of its tokens. */
  readonly issuer: string;
  /**
   * The stacks in several regions, in the order of preference. If one does not answer, the page connects to the next one.
   * The first one is the stack of this page, with the addresses above. Without this key there is only that one.
   */
  readonly regions?: Regions;
  /** The client id of this page at the issuer. */
  readonly clientId: string;
  /** The audience that the server demands of a token, as in the setting `audience`. The default is `clientId`. */
  readonly audience?: string;
  /** The scopes to request, separated by spaces. */
  readonly scope: string;
  /** More parameters of the authorization request, such as `audience` (Auth0), `prompt` and `domain_hint`. */
  readonly authorizationParameters?: Readonly<Record<string, string>>;
  /** Address that ends the session at an issuer, instead of its end_session_endpoint. */
  readonly signOutUrl?: string;
  /** Whether signing out sends the ID token to the end_session_endpoint (`id_token_hint`). Okta demands it. */
  readonly idTokenHint?: boolean;
  /** Whether a local run serves this page. The page then has an inspector. */
  readonly local?: boolean;
  /**
   * The file with the stack outputs of the local run that serves this page, relative to the project's folder. A run with
   * the default file does not set it. The commands for the terminal need it.
   */
  readonly outputs?: string;
  /**
   * Times of the socket in milliseconds that replace its defaults: for a gateway with other limits, or to see in a minute
   * an event that takes two hours. The names are those of Timing in socket/options.ts.
   */
  readonly socket?: Partial<Timing>;
};

/** The keys of a configuration whose values are texts. */
type TextKey = Exclude<keyof Config, 'socket' | 'authorizationParameters' | 'regions'>;

/** A configuration, or its problems: one sentence for each. */
export type LoadedConfig =
  | { readonly ok: true; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly string[] };

/** The path of the configuration on the site. */
export const configPath = '/config.json';

/** Fetches and checks the configuration. Never throws. */
export async function loadConfig(fetcher: typeof fetch): Promise<LoadedConfig> {
  try {
    const response = await fetcher(configPath, { cache: 'no-cache' });
    if (!response.ok) {
      return broken(`The server answered ${response.status} for ${configPath}.`);
    }
    const text = await response.text();
    const loaded = parseConfig(text);
    // Most stacks have none of these keys.
    return loaded.ok && /"(regions|authorizationParameters|socket)"/.test(text)
      ? (await import('./config-more')).withMore(loaded.config, JSON.parse(text))
      : loaded;
  } catch (error) {
    return broken(`${configPath} could not be fetched: ${reason(error)}.`);
  }
}

/** Checks the text of a configuration, except the keys that config-more.ts reads. Never throws. */
function parseConfig(text: string): LoadedConfig {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    return broken(`It is not JSON (${reason(error)}). It begins with ${quote(text)}.`);
  }
  return isObject(value) ? check(value) : broken(`It must be a JSON object, but is ${quote(value)}.`);
}

function check(value: Record<string, unknown>): LoadedConfig {
  const problems: string[] = [];
  const read = (key: TextKey, problemOf: (text: string) => string | undefined): string => {
    const found = value[key];
    if (found === undefined) {
      problems.push(`${key} is missing.`);
    } else if (typeof found !== 'string') {
      problems.push(`${key} must be a string, but is ${quote(found)}.`);
    } else {
      const wrong = found === '' ? 'must not be empty' : problemOf(found);
      if (wrong) {
        problems.push(`${key} ${wrong}, but is ${quote(found)}.`);
      }
      return found;
    }
    return '';
  };
  for (const key of ['local', 'idTokenHint']) {
    if (value[key] !== undefined && typeof value[key] !== 'boolean') {
      problems.push(`${key} must be true or false, but is ${quote(value[key])}.`);
    }
  }
  const config: Config = {
    websocketUrl: read('websocketUrl', socketProblem),
    issuer: read('issuer', httpProblem),
    clientId: read('clientId', () => undefined),
    scope: read('scope', scopeProblem),
    ...(value.audience !== undefined && { audience: read('audience', () => undefined) }),
    ...(value.httpUrl !== undefined && { httpUrl: read('httpUrl', httpProblem).replace(/\/+$/, '') }),
    ...(value.signOutUrl !== undefined && {
      signOutUrl: read('signOutUrl', httpProblem),
    }),
    ...(value.idTokenHint === true && { idTokenHint: true }),
    ...(value.local === true && { local: true }),
    ...(value.outputs !== undefined && { outputs: read('outputs', () => undefined) }),
  };
  return problems.length > 0 ? { ok: false, problems } : { ok: true, config };
}

function scopeProblem(text: string): string | undefined {
  return text.split(' ').includes('openid') ? undefined : 'must contain openid';
}

function broken(problem: string): LoadedConfig {
  return { ok: false, problems: [problem] };
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
