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

describe('connectParams', () => {
  it('returns a ticket if there is an HTTP API', async () => {
    expect(await connectParams()).toEqual({
      protocols: ['sallyport.v1', `ticket.${ticket}`],
      expires: 4_600_000,
      credential: 'single-use ticket',
    });
    expect(fetched.mock.calls[0]?.[1]?.headers).toEqual({ authorization: 'Bearer a.b.c' });
  });

  it('requests the ticket with the trace id of the attempt', async () => {
    await connectParams(httpUrl, { trace: '4bf92f3577b34da6a3ce929d0e0e4736' });
    expect(fetched.mock.calls[0]?.[1]?.headers).toMatchObject({
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-a3ce929d0e0e4736-00',
    });
  });

  it('returns a new ticket each time', async () => {
    const supply = credentials(page, httpUrl);
    const attempt = { signal: new AbortController().signal, asked: true };
    await supply.connectParams(attempt);
    await supply.connectParams(attempt);
    expect(fetched).toHaveBeenCalledTimes(2);
  });

  it('returns the token if there is no HTTP API', async () => {
    expect(
      await credentials(page, undefined).connectParams({ signal: new AbortController().signal, asked: true }),
    ).toEqual({
      protocols: ['sallyport.v1', 'bearer.a.b.c'],
      expires: 4_600_000,
      credential: 'bearer token',
    });
    expect(fetched).not.toHaveBeenCalled();
  });

  it('returns parameters without a token if nobody is signed in and connect was called', async () => {
    token.mockResolvedValue(undefined);
    expect(await connectParams()).toEqual({ protocols: ['sallyport.v1'], once: true });
    await expect(connectParams(httpUrl, { asked: false })).rejects.toThrow(CannotConnect);
    expect(fetched).not.toHaveBeenCalled();
  });

  it('throws CannotConnect if the sign-in has expired', async () => {
    token.mockRejectedValue(new Expired());
    await expect(connectParams()).rejects.toThrow(CannotConnect);
  });

  it('throws another error if the sign-in service cannot be reached', async () => {
    token.mockRejectedValue(new Error('It does not answer.'));
    await expect(connectParams()).rejects.not.toThrow(CannotConnect);
  });

  it('is canceled with the attempt', async () => {
    const life = new AbortController();
    await connectParams(httpUrl, { signal: life.signal });
    const { signal } = fetched.mock.calls[0]?.[1] ?? {};
    expect(signal?.aborted).toBe(false);
    life.abort();
    expect(signal?.aborted).toBe(true);
  });
});

describe('a refused ticket request', () => {
  it.each([
    [401, 'token_issuer', /^token_issuer: The token comes from another issuer\. Compare iss with/],
    [
      403,
      'token_audience',
      /^token_audience: The token is meant for another application\. Request a token for this application/,
    ],
    [403, 'made_up', /^made_up: So it is\.$/],
  ])('%i %s is final, and explains the code', async (status, code, message) => {
    answer(status, code);
    const error = await connectParams().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CannotConnect);
    expect(error).toMatchObject({ code, message: expect.stringMatching(message) });
  });

  it('without a code is final, too', async () => {
    fetched.mockResolvedValue(new Response('{"message":"Not Found"}', { status: 404 }));
    const error = await connectParams().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(CannotConnect);
    expect(error).toMatchObject({ code: undefined, message: 'https://api.example answered 404.' });
  });

  it.each([429, 500, 503])('%i is temporary, and has the message of the server', async (status) => {
    answer(status, 'unavailable');
    const error = await connectParams().catch((reason: unknown) => reason);
    expect(error).not.toBeInstanceOf(CannotConnect);
    expect(error).toMatchObject({ message: 'So it is.' });
  });

  it('without a network is temporary', async () => {
    fetched.mockRejectedValue(new TypeError('Failed to fetch'));
    await expect(connectParams()).rejects.not.toThrow(CannotConnect);
  });
});

describe('a token that the server has refused as expired', () => {
  const expired = () => Response.json({ data: { code: 'token_expired', message: 'It has expired.' } }, { status: 401 });

  it('is renewed once, and the new token gets the ticket', async () => {
    fetched.mockResolvedValueOnce(expired());
    token.mockResolvedValueOnce({ token: 'a.b.c', expires: 4600 }).mockResolvedValue({ token: 'd.e.f', expires: 9000 });
    expect(await connectParams()).toMatchObject({ protocols: ['sallyport.v1', `ticket.${ticket}`] });
    expect(refuse).toHaveBeenCalledExactlyOnceWith('a.b.c');
    expect(fetched.mock.calls[1]?.[1]?.headers).toEqual({ authorization: 'Bearer d.e.f' });
  });

  it('is a final refusal the second time', async () => {
    fetched.mockImplementation(async () => expired());
    await expect(connectParams()).rejects.toMatchObject({ name: 'CannotConnect', code: 'token_expired' });
    expect(fetched).toHaveBeenCalledTimes(2);
  });

  it('is a final refusal if it cannot be renewed', async () => {
    fetched.mockResolvedValueOnce(expired());
    token.mockResolvedValueOnce({ token: 'a.b.c', expires: 4600 }).mockRejectedValue(new Expired());
    await expect(connectParams()).rejects.toThrow(CannotConnect);
  });

  it('is a temporary refusal if the issuer cannot be reached', async () => {
    fetched.mockResolvedValueOnce(expired());
    token.mockResolvedValueOnce({ token: 'a.b.c', expires: 4600 }).mockRejectedValue(new Error('It does not answer.'));
    await expect(connectParams()).rejects.not.toThrow(CannotConnect);
  });

  it.each(['token_invalid', 'token_audience', 'token_not_yet_valid'])('is not renewed for %s', async (code) => {
    answer(401, code);
    await expect(connectParams()).rejects.toMatchObject({ code });
    expect(fetched).toHaveBeenCalledOnce();
    expect(refuse).not.toHaveBeenCalled();
  });
});

describe('a wrong clock', () => {
  it.each([7200, -600])('by %i seconds changes the server’s times to the page’s time', async (ahead) => {
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

  it('returns the message with the token, and its text without it', async () => {
    expect(await refresh()).toEqual({
      text: '{"action":"refresh","token":"a.b.c"}',
      shown: '{"action":"refresh","token":"…"}',
      expires: 4_600_000,
    });
  });

  it.each([
    ['nobody is signed in', undefined],
    ['the expiry of the token is unknown', { token: 'a.b.c', expires: undefined }],
  ])('returns undefined if %s', async (_, found) => {
    token.mockResolvedValue(found);
    expect(await refresh()).toBeUndefined();
  });
});
