import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Behaviour, standard } from './behaviour';
import { type Claims, SigningKey } from './key';

/** The grant of one sign-in. */
interface Grant {
  user: string;
  scope: string;
  nonce: string | undefined;
  own: boolean;
  challenge: string;
  renewals: number;
}

/**
 * An OpenID Connect issuer on this machine. A test makes it behave like one of the providers, or wrongly. Its pages and
 * its discovery document have one origin, and its endpoints another, as at Cognito and Google. Every name is a user, and
 * "console" is the only client.
 */
export class Issuer {
  behaviour: Behaviour = standard;
  /** The requests to its endpoints, as name and parameters. */
  readonly requests: { endpoint: string; parameters: URLSearchParams }[] = [];
  #keys = [new SigningKey()];
  readonly #foreignKey = new SigningKey();
  readonly #codes = new Map<string, Grant>();
  readonly #refresh = new Map<string, Grant>();
  /** The refresh tokens that have been used. */
  readonly #used = new Set<string>();
  readonly #servers: Server[] = [];
  #pages = '';
  #calls = '';
  #tokens = 0;

  /** The issuer in tokens, which is its address. */
  get url(): string {
    return `${this.#pages}/tenant/v2.0`;
  }

  /** The origins that a page calls. */
  get origins(): string[] {
    return [this.#pages, this.#calls];
  }

  static async start(): Promise<Issuer> {
    const issuer = new Issuer();
    issuer.#pages = await issuer.#listen();
    issuer.#calls = await issuer.#listen();
    return issuer;
  }

  async stop(): Promise<void> {
    for (const server of this.#servers) {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
    }
  }

  /** Makes it behave like a provider, with changes. It also clears the recorded requests. */
  behave(like: Partial<Behaviour>, change: Partial<Behaviour> = {}): void {
    this.behaviour = { ...standard, ...like, ...change };
    this.requests.length = 0;
  }

  /** Signs with a new key from now on, and publishes all keys. */
  newKey(): void {
    this.#keys = [new SigningKey(), ...this.#keys];
  }

  /** Returns an access token as a program gets it. */
  accessToken(user: string): string {
    const now = Math.floor(Date.now() / 1000);
    const grant = { user, scope: 'openid', nonce: undefined, own: true, challenge: '', renewals: 0 };
    return this.#accessToken(grant, { iss: this.url, sub: `sub-of-${user}`, iat: now, exp: now + 3600 });
  }

  /** Returns the parameters of the requests to an endpoint. */
  asked(endpoint: string): URLSearchParams[] {
    return this.requests.filter((request) => request.endpoint === endpoint).map(({ parameters }) => parameters);
  }

  async #listen(): Promise<string> {
    const server = createServer((request, response) => {
      this.#serve(request, response).catch((error) => response.writeHead(500).end(String(error)));
    });
    this.#servers.push(server);
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.#pages);
    const endpoint = url.pathname.split('/').pop() ?? '';
    response.setHeader('Access-Control-Allow-Origin', '*');
    response.setHeader('Access-Control-Allow-Headers', '*');
    response.setHeader('Cache-Control', 'no-store');
    if (request.method === 'OPTIONS') {
      response.writeHead(204).end();
      return;
    }
    const parameters = request.method === 'POST' ? new URLSearchParams(await text(request)) : url.searchParams;
    this.requests.push({ endpoint, parameters });
    switch (endpoint) {
      case 'openid-configuration':
        return json(response, 200, this.#document());
      case 'keys':
        return json(response, 200, { keys: this.#keys.map((key) => key.publicJwk) });
      case 'authorize':
        return page(response, 200, loginForm(parameters));
      case 'login':
        return this.#login(response, parameters);
      case 'token':
        return this.#token(response, parameters);
      case 'revoke':
        this.#refresh.delete(parameters.get('token') ?? '');
        return json(response, 200, {});
      case 'logout':
        return this.#signOut(response, parameters);
      default:
        return json(response, 404, { error: 'not found' });
    }
  }

  #document(): Record<string, unknown> {
    return this.behaviour.document({
      issuer: this.url,
      authorization_endpoint: `${this.url}/authorize`,
      end_session_endpoint: `${this.url}/logout`,
      token_endpoint: `${this.#calls}/token`,
      revocation_endpoint: `${this.#calls}/revoke`,
      jwks_uri: `${this.#calls}/keys`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['RS256'],
      code_challenge_methods_supported: ['S256'],
    });
  }

  #login(response: ServerResponse, asked: URLSearchParams): void {
    const code = randomUUID();
    const { ownWithParameter } = this.behaviour;
    this.#codes.set(code, {
      user: asked.get('login') ?? '',
      scope: asked.get('scope') ?? '',
      nonce: asked.get('nonce') ?? undefined,
      own: ownWithParameter !== undefined && asked.has(ownWithParameter),
      challenge: asked.get('code_challenge') ?? '',
      renewals: 0,
    });
    const back = new URL(asked.get('redirect_uri') ?? '');
    back.searchParams.set('code', code);
    back.searchParams.set('state', asked.get('state') ?? '');
    response.writeHead(303, { Location: back.href }).end();
  }

  #token(response: ServerResponse, asked: URLSearchParams): void {
    if (asked.get('grant_type') === 'refresh_token') {
      this.#renew(response, asked.get('refresh_token') ?? '');
      return;
    }
    const grant = this.#codes.get(asked.get('code') ?? '');
    this.#codes.delete(asked.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(asked.get('code_verifier') ?? '')
      .digest('base64url');
    if (!grant || grant.challenge !== challenge) {
      json(response, 400, { error: 'invalid_grant' });
      return;
    }
    json(response, 200, this.#grant(grant));
  }

  /** A refresh token is valid once. If it is used again, all tokens of its sign-in end. */
  #renew(response: ServerResponse, token: string): void {
    const answer = this.behaviour.renewals.shift();
    if (answer) {
      json(response, answer.status, answer.body);
      return;
    }
    const grant = this.#refresh.get(token);
    if (!grant || this.#used.has(token)) {
      for (const [other, owner] of this.#refresh) if (owner === grant) this.#refresh.delete(other);
      json(response, 400, { error: 'invalid_grant' });
      return;
    }
    this.#used.add(token);
    grant.renewals += 1;
    json(response, 200, this.#grant(grant));
  }

  #grant(grant: Grant): Record<string, unknown> {
    const now = Math.floor(Date.now() / 1000);
    const base = { iss: this.url, sub: `sub-of-${grant.user}`, iat: now, exp: now + 3600 };
    const answer: Record<string, unknown> = {
      token_type: 'Bearer',
      expires_in: 3600,
      scope: grant.scope,
      access_token: this.#accessToken(grant, base),
      id_token: (this.behaviour.forged ? this.#foreignKey : this.#key).sign(
        this.behaviour.idToken({ ...base, aud: 'console', nonce: grant.nonce, preferred_username: grant.user }),
        this.#key.kid,
      ),
    };
    if (!this.behaviour.offlineScope || grant.scope.split(' ').includes('offline_access')) {
      const token = randomUUID();
      this.#refresh.set(token, grant);
      answer.refresh_token = token;
    }
    return answer;
  }

  #accessToken(grant: Grant, base: Claims): string {
    this.#tokens += 1;
    const { accessToken, foreignAudience, accessClaims } = this.behaviour;
    const claims = { ...base, jti: String(this.#tokens), scope: grant.scope, username: grant.user };
    const kind = grant.own ? 'own' : accessToken;
    switch (kind) {
      case 'opaque':
        return randomUUID();
      case 'foreign':
        return this.#key.sign({ ...claims, aud: foreignAudience });
      case 'noAudience':
        return this.#key.sign(accessClaims({ ...claims, client_id: 'console', token_use: 'access' }, grant.renewals));
      case 'own':
        return this.#key.sign(accessClaims({ ...claims, aud: 'console' }, grant.renewals));
    }
  }

  get #key(): SigningKey {
    return this.#keys[0] as SigningKey;
  }

  #signOut(response: ServerResponse, asked: URLSearchParams): void {
    const missing = this.behaviour.signOutNeeds.filter((name) => !asked.get(name));
    if (missing.length > 0) {
      page(response, 400, `<h1>Bad request</h1><p>Missing: ${missing.join(', ')}`);
      return;
    }
    const back = asked.get('post_logout_redirect_uri') ?? asked.get('logout_uri');
    if (back) {
      response.writeHead(303, { Location: back }).end();
    } else {
      page(response, 200, '<h1>Signed out</h1>');
    }
  }
}

function loginForm(parameters: URLSearchParams): string {
  const hidden = [...parameters].map(
    ([name, value]) => `<input type=hidden name="${quoted(name)}" value="${quoted(value)}">`,
  );
  return `<h1>Sign in</h1><form action="login">${hidden.join('')}<input name=login><button type=submit>Go</button></form>`;
}

function quoted(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}

function page(response: ServerResponse, status: number, body: string): void {
  response
    .writeHead(status, { 'Content-Type': 'text/html' })
    .end(`<!doctype html><link rel=icon href="data:,">${body}`);
}

function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body));
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}
