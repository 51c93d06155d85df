import { beforeEach, describe, expect, it, vi } from 'vitest';
import { Expired } from '../sign-in/problem';
import type { SignIn } from '../sign-in/sign-in';
import { type Attempt, CannotConnect } from '../socket/options';
import { credentials } from './credentials';

const httpUrl = 'https://api.example';
const ticket = 'T'.repeat(43);
const token = vi.fn<SignIn['token']>();
const refuse = vi.fn<SignIn['refuse']>();
const signIn = { token, refuse, ahead: 0 };
const page = signIn as unknown as SignIn;
const fetched = vi.fn<typeof fetch>();

beforeEach(() => {
  signIn.ahead = 0;
  refuse.mockReset();
  token.mockReset().mockResolvedValue({ token: 'a.b.c', expires: 4600 });
  const data = { ticket, expires: 1060, tokenExpires: 4600 };
  fetched.mockReset().mockImplementation(async () => Response.json({ type: 'ticket', data }, { status: 201 }));
  vi.stubGlobal('fetch', fetched);
});

function connectParams(url: string | undefined = httpUrl, change: Partial<Attempt> = {}) {
  return credentials(page, url).connectParams({ signal: new AbortController().signal, asked: true, ...change });
}

function answer(status: number, code: string): void {
  fetched.mockImplementation(async () => Response.json({ data: { code, message: 'So it is.' } }, { status }));
}

describe('offer', () => {
  it('is a ticket, not the token, where there is an HTTP API', async () => {
    expect(await connectParams()).toEqual({
      protocols: ['sallyport.v1', `ticket.${ticket}`],
      expires: 4_600_000,
      credential: 'single-use ticket',
    });
    expect(fetched.mock.calls[0]?.[1]?.headers).toEqual({ authorization: 'Bearer a.b.c' });
  });

  it('is a new ticket each time', async () => {
    const supply = credentials(page, httpUrl);
    const attempt = { signal: new AbortController().signal, asked: true };
    await supply.connectParams(attempt);
    await supply.connectParams(attempt);
    expect(fetched).toHaveBeenCalledTimes(2);
  });

  it('is the token where there is none', async () => {
    expect(
      await credentials(page, undefined).connectParams({ signal: new AbortController().signal, asked: true }),
    ).toEqual({
      protocols: ['sallyport.v1', 'bearer.a.b.c'],
      expires: 4_600_000,
      credential: 'bearer token',
    });
    expect(fetched).not.toHaveBeenCalled();
  });

  it('is a knock without a token when nobody is signed in, if somebody asks for it', async () => {
    token.mockResolvedValue(undefined);
    expect(await connectParams()).toEqual({ protocols: ['sallyport.v1'], once: true });
    await expect(connectParams(httpUrl, { asked: false })).rejects.toThrow(CannotConnect);
    expect(fetched).not.toHaveBeenCalled();
  });

  it('is none when the sign-in has expired', async () => {
    token.mockRejectedValue(new Expired());
    await expect(connectParams()).rejects.toThrow(CannotConnect);
  });

  it('may come later when the sign-in service is out of reach', async () => {
    token.mockRejectedValue(new Error('It does not answer.'));
    await expect(connectParams()).rejects.not.toThrow(CannotConnect);
  });

  it('is called off with the attempt', async () => {
    const life = new AbortController();
    await connectParams(httpUrl, { signal: life.signal });
    const { signal } = fetched.mock.calls[0]?.[1] ?? {};
    expect(signal?.aborted).toBe(false);
    life.abort();
    expect(signal?.aborted).toBe(true);
  });
});

describe('a ticket that is refused', () => {
  it.each([
    [401, 'token_issuer', /^token_issuer: The token comes from another issuer\. Compare iss with/],
    [403, 'token_audience', /^token_audience: The token is meant for another application\. Ask the issuer/],
    [403, 'made_up', /^made_up: So it is\.$/],
  ])('%i %s is final, and says what it means and what to do', async (status, code, message) => {
    answer(status, code);
    const error = await connectParams().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CannotConnect);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('is final without a code too', async () => {
    fetched.mockResolvedValue(new Response('{"message":"Not Found"}', { status: 404 }));
    const error = await connectParams().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CannotConnect);
    expect(error).toMatchObject({ code: undefined, message: 'https://api.example answered 404.' });
  });

  it.each([429, 500, 503])('%i is to be tried again, with the words of the server', async (status) => {
    answer(status, 'unavailable');
    const error = await connectParams().catch((reason: unknown) => reason);
    expect(error).not.toBeInstanceOf(CannotConnect);
    expect(error).toMatchObject({ message: 'So it is.' });
  });

  it('so is the network', async () => {
    fetched.mockRejectedValue(new TypeError('Failed to fetch'));
    await expect(connectParams()).rejects.not.toThrow(CannotConnect);
  });
});

describe('a token that the server calls expired', () => {
  const expired = () => Response.json({ data: { code: 'token_expired', message: 'It has expired.' } }, { status: 401 });

  it('is renewed once, and the new one gets the ticket', async () => {
    fetched.mockResolvedValueOnce(expired());
    token.mockResolvedValueOnce({ token: 'a.b.c', expires: 4600 }).mockResolvedValue({ token: 'd.e.f', expires: 9000 });
    expect(await connectParams()).toMatchObject({ protocols: ['sallyport.v1', `ticket.${ticket}`] });
    expect(refuse).toHaveBeenCalledExactlyOnceWith('a.b.c');
    expect(fetched.mock.calls[1]?.[1]?.headers).toEqual({ authorization: 'Bearer d.e.f' });
  });

  it('is final the second time', async () => {
    fetched.mockImplementation(async () => expired());
    await expect(connectParams()).rejects.toMatchObject({ name: 'CannotConnect', code: 'token_expired' });
    expect(fetched).toHaveBeenCalledTimes(2);
  });

  it('is the end of the sign-in where it cannot be renewed', async () => {
    fetched.mockResolvedValueOnce(expired());
    token.mockResolvedValueOnce({ token: 'a.b.c', expires: 4600 }).mockRejectedValue(new Expired());
    await expect(connectParams()).rejects.toThrow(CannotConnect);
  });

  it('is tried again later where the issuer is out of reach just now', async () => {
    fetched.mockResolvedValueOnce(expired());
    token.mockResolvedValueOnce({ token: 'a.b.c', expires: 4600 }).mockRejectedValue(new Error('It does not answer.'));
    await expect(connectParams()).rejects.not.toThrow(CannotConnect);
  });

  it.each(['token_invalid', 'token_audience', 'token_not_yet_valid'])('has nothing to do with %s', async (code) => {
    answer(401, code);
    await expect(connectParams()).rejects.toMatchObject({ code });
    expect(fetched).toHaveBeenCalledOnce();
    expect(refuse).not.toHaveBeenCalled();
  });
});

describe('a clock that is wrong', () => {
  it.each([7200, -600])('by %i seconds moves what the server says, not what the page counts', async (ahead) => {
    signIn.ahead = ahead;
    const { expires } = await connectParams();
    expect(expires).toBe((4600 + ahead) * 1000);
    const refreshed = { kind: 'typed', type: 'refreshed', data: { expires: 9000 } } as const;
    expect(credentials(page, httpUrl).isRefreshed?.(refreshed)).toBe((9000 + ahead) * 1000);
    expect(credentials(page, httpUrl).isRefreshed?.({ kind: 'text' } as never)).toBeUndefined();
  });
});

describe('refresh', () => {
  const refresh = () => credentials(page, httpUrl).refresh?.(new AbortController().signal);

  it('carries the token, and shows that it is left out', async () => {
    expect(await refresh()).toEqual({
      text: '{"action":"refresh","token":"a.b.c"}',
      shown: '{"action":"refresh","token":"…"}',
      expires: 4_600_000,
    });
  });

  it.each([
    ['nobody is signed in', undefined],
    ['nobody tells when the token expires', { token: 'a.b.c', expires: undefined }],
  ])('is none when %s', async (_, found) => {
    token.mockResolvedValue(found);
    expect(await refresh()).toBeUndefined();
  });
});
