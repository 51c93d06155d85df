import { describe, expect, it, vi } from 'vitest';
import { CannotConnect } from '../socket/options';
import { jwt } from '../testing/jwt';
import { readCredential } from './credential';
import { optionsOfPasted, optionsOfUser } from './params';

const token = jwt({ sub: 'alice', exp: 2_000_000_000 });
const ticket = 'T'.repeat(43);
const httpUrl = 'https://api.example';
const issuer = 'https://sign-in.example';
const attempt = () => ({ signal: new AbortController().signal, asked: true });

describe('readCredential', () => {
  it.each([token, ` ${token}\n`, `"${token}"`, `Bearer ${token}`, `bearer.${token}`, `Authorization: Bearer ${token}`])(
    'reads the token in %j',
    (text) => {
      expect(readCredential(text)).toEqual({ kind: 'token', token });
    },
  );

  it.each([ticket, ` ${ticket} `, `ticket.${ticket}`, `'${ticket}'`])('reads the ticket in %j', (text) => {
    expect(readCredential(text)).toEqual({ kind: 'ticket', ticket });
  });

  it.each(['', 'hello', 'a.b.c', `${token}.x`, 'two words', 'ticket.', `${token} ${token}`, '<script>'])(
    'returns undefined for %j',
    (text) => {
      expect(readCredential(text)).toBeUndefined();
    },
  );
});

/** Serves tickets and tokens, and returns the requests. */
function serve() {
  const fetcher = vi.fn(async (url: string, _init: RequestInit) =>
    url.endsWith('/tickets')
      ? Response.json({ data: { ticket, tokenExpires: 2_000_000_000 } }, { status: 201 })
      : Response.json({ access_token: token }),
  );
  vi.stubGlobal('fetch', fetcher);
  return fetcher;
}

describe('optionsOfPasted', () => {
  it('gets a ticket for each attempt with a token', async () => {
    const fetcher = serve();
    const { connectParams } = optionsOfPasted({ kind: 'token', token }, { httpUrl, issuer });
    for (const _ of [1, 2]) {
      expect(await connectParams(attempt())).toMatchObject({ protocols: ['sallyport.v1', `ticket.${ticket}`] });
    }
    expect(fetcher).toHaveBeenCalledTimes(2);
    expect(fetcher.mock.calls[0]?.[1].headers).toEqual({ authorization: `Bearer ${token}` });
  });

  it('sends the token itself without an HTTP API', async () => {
    const { connectParams } = optionsOfPasted({ kind: 'token', token }, { issuer });
    expect(await connectParams(attempt())).toEqual({
      protocols: ['sallyport.v1', `bearer.${token}`],
      credential: 'bearer token',
      expires: 2_000_000_000_000,
    });
  });

  it('uses a ticket once', async () => {
    const { connectParams, refresh } = optionsOfPasted({ kind: 'ticket', ticket }, { httpUrl, issuer });
    expect(await connectParams(attempt())).toMatchObject({
      protocols: ['sallyport.v1', `ticket.${ticket}`],
      once: true,
    });
    await expect(connectParams(attempt())).rejects.toThrow(CannotConnect);
    expect(refresh, 'a ticket cannot be renewed').toBeUndefined();
  });
});

describe('optionsOfUser', () => {
  it('requests a new token for each attempt', async () => {
    const fetcher = serve();
    const { connectParams } = optionsOfUser('bob', { httpUrl, issuer });
    expect(await connectParams(attempt())).toMatchObject({ protocols: ['sallyport.v1', `ticket.${ticket}`] });
    expect(fetcher.mock.calls[0]).toEqual([
      `${issuer}/token-for-user`,
      expect.objectContaining({ method: 'POST', body: '{"user":"bob"}', credentials: 'omit' }),
    ]);
  });

  it('fails for good if the sign-in issues no token', async () => {
    vi.stubGlobal('fetch', async () => Response.json({ error: 'no such user' }, { status: 400 }));
    const { connectParams } = optionsOfUser('bob', { httpUrl, issuer });
    await expect(connectParams(attempt())).rejects.toThrow('The local sign-in issued no token: no such user.');
  });
});
