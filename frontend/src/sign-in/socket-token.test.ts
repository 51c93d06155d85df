import { describe, expect, it } from 'vitest';
import { jwt } from '../testing/jwt';
import { socketToken } from './socket-token';

const idToken = jwt({ exp: 2000 });

describe('socketToken', () => {
  it('prefers an access token that is a JWT', () => {
    const token = jwt({ exp: 1000 });
    expect(socketToken({ access_token: token, id_token: idToken, expires_at: 1 })).toEqual({ token, expires: 1000 });
  });

  it('takes the ID token where the access token is opaque', () => {
    const tokens = { access_token: '5fd6a2', id_token: idToken, expires_at: 1 };
    expect(socketToken(tokens)).toEqual({ token: idToken, expires: 2000 });
  });

  it('has none to offer without either', () => {
    expect(socketToken({ access_token: '5fd6a2' })).toBeUndefined();
  });

  it.each([
    ['no exp', jwt({})],
    ['exp as text', jwt({ exp: '1000' })],
    ['claims that are null', `x.${btoa('null')}.x`],
    ['claims that are no JSON', `x.${btoa('{')}.x`],
    ['claims that are no base64', 'x.%.x'],
  ])('falls back on the time beside the access token: %s', (_, token) => {
    expect(socketToken({ access_token: token, expires_at: 1500 })).toEqual({ token, expires: 1500 });
  });

  it('reads base64url', () => {
    const token = jwt({ exp: 1000, name: 'þÿ>>>???' });
    expect(token).toMatch(/[-_]/);
    expect(socketToken({ access_token: token })?.expires).toBe(1000);
  });
});
