import { generateKeyPairSync, randomUUID, sign } from 'node:crypto';

/** The claims of a token. */
export type Claims = Record<string, unknown>;

/** A key that signs tokens with RS256. */
export class SigningKey {
  readonly kid = randomUUID();
  readonly publicJwk: Record<string, unknown>;
  readonly #private;

  constructor() {
    const pair = generateKeyPairSync('rsa', { modulusLength: 2048 });
    this.#private = pair.privateKey;
    this.publicJwk = { ...pair.publicKey.export({ format: 'jwk' }), kid: this.kid, use: 'sig', alg: 'RS256' };
  }

  /** Returns a JWT with these claims. With the kid of another key, it is a forgery. */
  sign(claims: Claims, kid = this.kid): string {
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const input = `${encode({ alg: 'RS256', typ: 'JWT', kid })}.${encode(claims)}`;
    return `${input}.${sign('sha256', Buffer.from(input), this.#private).toString('base64url')}`;
  }
}
