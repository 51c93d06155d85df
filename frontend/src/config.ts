import { httpProblem, quote, socketProblem } from './address';
import type { Regions } from './regions';
import { defaultTiming, type Timing } from './socket/options';

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
    return loaded.ok && text.includes('"regions"')
      ? (await import('./regions')).withRegions(loaded.config, text)
      : loaded;
  } catch (error) {
    return broken(`${configPath} could not be fetched: ${reason(error)}.`);
  }
}

/** Checks the text of a configuration, except `regions`. Never throws. */
export function parseConfig(text: string): LoadedConfig {
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
    ...(value.authorizationParameters !== undefined && {
      authorizationParameters: readParameters(value.authorizationParameters, problems),
    }),
    ...(value.idTokenHint === true && { idTokenHint: true }),
    ...(value.local === true && { local: true }),
    ...(value.outputs !== undefined && { outputs: read('outputs', () => undefined) }),
    ...(value.socket !== undefined && { socket: readTiming(value.socket, problems) }),
  };
  return problems.length > 0 ? { ok: false, problems } : { ok: true, config };
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

function scopeProblem(text: string): string | undefined {
  return text.split(' ').includes('openid') ? undefined : 'must contain openid';
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function broken(problem: string): LoadedConfig {
  return { ok: false, problems: [problem] };
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
