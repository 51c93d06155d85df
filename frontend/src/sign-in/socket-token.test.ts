import { describe, expect, it } from 'vitest';
import { jwt } from '../testing/jwt';
import { socketToken, type Tokens } from './socket-token';

const issuer = 'https://sign-in.example';
const wanted = { issuer, audience: 'console' };
const idToken = jwt({ iss: issuer, aud: 'console', exp: 2000 });

/** Returns an access token for this client, with changed claims. */
const access = (change: Record<string, unknown> = {}) => jwt({ iss: issuer, aud: 'console', exp: 1000, ...change });

/** Returns which token is chosen for this access token. */
function chosen(access_token: string, audience = 'console', id_token = idToken): string {
  const { token } = socketToken({ access_token, id_token, expires_at: 1 }, { issuer, audience }) ?? {};
  return token === access_token ? 'access' : token === id_token ? 'id' : 'none';
}

describe('socketToken', () => {
  it('returns the access token if it is a JWT for the audience', () => {
    const token = access();
    const tokens = { access_token: token, id_token: idToken, expires_at: 1 };
    expect(socketToken(tokens, wanted)).toEqual({ token, expires: 1000 });
  });

  it.each<[string, string]>([
    ['opaque (Auth0, Google)', '5fd6a2'],
    ['encrypted (five parts)', 'e30.a.b.c.d'],
    ["Entra's token for Microsoft Graph", access({ aud: '00000003-0000-0000-c000-000000000000' })],
    ["Entra's of version 1, another issuer", access({ iss: 'https://sts.windows.net/tenant/' })],
    ["that of Okta's org server", access({ aud: issuer })],
    ["Keycloak's by default", access({ aud: 'account', azp: 'console' })],
    ['for a list of others', access({ aud: ['account', 'realm-management'] })],
    ['without an audience', access({ aud: [] })],
    ['without an audience, though client_id is correct', access({ aud: [], client_id: 'console' })],
    ['for a list in a list', access({ aud: [['console']] })],
    ['for an object', access({ aud: { console: true } })],
    ['for an audience that contains the name', access({ aud: 'console-2' })],
    ['of an issuer with one slash more', access({ iss: `${issuer}/` })],
    ['without an issuer', access({ iss: undefined })],
    ['without aud, of another client', access({ aud: undefined, client_id: 'other' })],
    ['a JWT whose claims are a list', `x.${btoa('[]')}.x`],
  ])('returns the ID token if the access token is %s', (_, token) => {
    expect(chosen(token)).toBe('id');
    expect(socketToken({ access_token: token, id_token: idToken, expires_at: 1 }, wanted)?.expires).toBe(2000);
  });

  it.each<[string, string]>([
    ['one of several audiences', access({ aud: ['account', 'console'] })],
    ["Cognito's, which has client_id and no aud", access({ aud: undefined, client_id: 'console' })],
  ])('returns the access token with %s', (_, token) => {
    expect(chosen(token)).toBe('access');
  });

  it('compares the audience that the server demands, not the client id', () => {
    expect(chosen(access({ aud: 'https://api.example' }), 'https://api.example')).toBe('access');
    expect(chosen(access({ aud: 'https://other.example' }), 'https://api.example'), 'refused, with a reason').toBe(
      'access',
    );
    expect(chosen('5fd6a2', 'https://api.example'), 'refused, with a reason').toBe('access');
  });

  it('returns the access token if no token is for the audience', () => {
    expect(chosen('5fd6a2', 'console', jwt({ iss: 'https://other.example', aud: 'console' }))).toBe('access');
    expect(socketToken({ access_token: '5fd6a2', expires_at: 1500 }, wanted)).toEqual({
      token: '5fd6a2',
      expires: 1500,
    });
  });

  it('returns undefined without a token', () => {
    expect(socketToken({ access_token: '' }, wanted)).toBeUndefined();
  });

  it.each<[string, string]>([
    ['no exp', access({ exp: undefined })],
    ['exp as text', access({ exp: '1000' })],
    ['claims that are null', `x.${btoa('null')}.x`],
    ['claims that are not JSON', `x.${btoa('{')}.x`],
    ['claims that are not base64', 'x.%.x'],
  ])('uses expires_at for an access token with %s', (_, token) => {
    const tokens: Tokens = { access_token: token, expires_at: 1500 };
    expect(socketToken(tokens, wanted)).toEqual({ token, expires: 1500 });
  });

  it('reads base64url and UTF-8', () => {
    const token = access({ name: 'þÿ>>>???' });
    expect(token).toMatch(/[-_]/);
    expect(socketToken({ access_token: token }, wanted)?.expires).toBe(1000);
    expect(chosen(access({ aud: 'Türe' }), 'Türe')).toBe('access');
  });
});
