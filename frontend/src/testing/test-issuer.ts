import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { vi } from 'vitest';

/** The answers of the issuer, which a test can change. Times are Unix seconds. */
export type Answers = {
  discovery: Record<string, unknown>;
  keys: () => Promise<Response>;
  token: (form: URLSearchParams) => Promise<Response>;
  revoke: (form: URLSearchParams) => Promise<Response>;
};

const issuer = 'https://sign-in.example';

/** An OpenID Connect issuer with real keys. It replaces fetch. */
export class TestIssuer {
  readonly url = issuer;
  readonly answers: Answers;
  /** "METHOD /path" of every request. */
  readonly asked: string[] = [];
  readonly #key: CryptoKey;
  readonly #algorithm: string;
  readonly #jwk: object;

  private constructor(algorithm: string, key: CryptoKey, jwk: object) {
    this.#algorithm = algorithm;
    this.#key = key;
    this.#jwk = { ...jwk, kid: 'k1', use: 'sig', alg: algorithm };
    this.answers = {
      discovery: {
        issuer,
        authorization_endpoint: `${issuer}/auth`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/keys`,
        end_session_endpoint: `${issuer}/logout`,
        revocation_endpoint: `${issuer}/revoke`,
      },
      keys: async () => Response.json({ keys: [this.#jwk] }),
      token: async () => Response.json({}),
      revoke: async () => new Response(''),
    };
    vi.stubGlobal('fetch', (input: string, init?: RequestInit) => this.#answer(new Request(input, init)));
  }

  static async start(algorithm = 'ES256'): Promise<TestIssuer> {
    const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true });
    return new TestIssuer(algorithm, privateKey, await exportJWK(publicKey));
  }

  /** Returns a signed token of this issuer. */
  sign(
    claims: Readonly<Record<string, unknown>>,
    header: { kid?: string; alg?: string } = {},
    key = this.#key,
  ): Promise<string> {
    return new SignJWT({ iss: issuer, aud: 'console', sub: 'u-1', ...claims })
      .setProtectedHeader({ alg: this.#algorithm, kid: 'k1', ...header })
      .sign(key);
  }

  async #answer(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url);
    this.asked.push(`${request.method} ${pathname}`);
    const form = async () => new URLSearchParams(await request.text());
    switch (pathname) {
      case '/.well-known/openid-configuration':
        return Response.json(this.answers.discovery);
      case '/keys':
        return this.answers.keys();
      case '/token':
        return this.answers.token(await form());
      case '/revoke':
        return this.answers.revoke(await form());
      default:
        throw new TypeError('Failed to fetch');
    }
  }
}
