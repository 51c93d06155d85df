import { beforeEach, describe, expect, it, vi } from 'vitest';
import { disconnectAll, patience, Refusal, takeTicket } from './http-api';

const session = { httpUrl: 'https://api.example', token: 'a.b.c' };
const ticket = 'x'.repeat(43);
const answer = (status: number, body: unknown) => async () => new Response(JSON.stringify(body), { status });
const given = { type: 'ticket', data: { ticket, expires: 1060, tokenExpires: 4600 } };

let fetched: ReturnType<typeof vi.fn<typeof fetch>>;
let life: AbortController;

beforeEach(() => {
  vi.useFakeTimers();
  fetched = vi.fn<typeof fetch>();
  vi.stubGlobal('fetch', fetched);
  life = new AbortController();
  return () => {
    expect(vi.getTimerCount(), 'timers').toBe(0);
    vi.useRealTimers();
  };
});

const take = () => takeTicket(session, life.signal);
const disconnect = () => disconnectAll(session, life.signal);

/** An answer that never comes, unless the request is called off, as the browser has it. */
const never: typeof fetch = (_, init) =>
  new Promise((_, reject) => {
    init?.signal?.addEventListener('abort', () => reject(new DOMException('Aborted', 'AbortError')));
  });

describe('takeTicket', () => {
  it('shows the token in a header, to that address only, and keeps nothing', async () => {
    fetched.mockImplementation(answer(201, given));
    expect(await take()).toEqual({ ticket, tokenExpires: 4600 });
    expect(fetched).toHaveBeenCalledExactlyOnceWith('https://api.example/tickets', {
      method: 'POST',
      headers: { authorization: 'Bearer a.b.c' },
      signal: expect.any(AbortSignal),
      redirect: 'error',
      credentials: 'omit',
      cache: 'no-store',
      referrerPolicy: 'no-referrer',
    });
  });

  it.each<[number, string, boolean]>([
    [401, 'token_expired', false],
    [403, 'token_audience', false],
    [408, 'timeout', true],
    [429, 'throttled', true],
    [500, 'broken', true],
    [503, 'unavailable', true],
  ])('says why at %i, and whether it passes', async (status, code, passing) => {
    fetched.mockImplementation(answer(status, { type: 'error', data: { code, message: 'Because.' } }));
    const refusal = await take().catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(Refusal);
    expect(refusal).toMatchObject({ status, code, message: 'Because.', passing });
  });

  it.each<[string, string]>([
    ['of API Gateway', '{"message":"Not Found"}'],
    ['that is no JSON', '<html>'],
    ['that is empty', ''],
    ['with a code that is none', '{"data":{"code":5,"message":{}}}'],
  ])('understands a refusal %s', async (_, body) => {
    fetched.mockResolvedValue(new Response(body, { status: 404 }));
    await expect(take()).rejects.toMatchObject({
      status: 404,
      code: undefined,
      message: 'https://api.example answered 404.',
    });
  });

  it.each<[string, unknown]>([
    ['no data', { type: 'ticket' }],
    ['null', null],
    ['a list', []],
    ['no ticket', { data: { tokenExpires: 1 } }],
    ['a ticket that is no subprotocol', { data: { ticket: 'a, b', tokenExpires: 1 } }],
    ['no expiry', { data: { ticket } }],
  ])('takes no answer with %s', async (_, body) => {
    fetched.mockImplementation(answer(201, body));
    await expect(take()).rejects.toThrow('https://api.example sent an answer without a valid ticket.');
  });

  it('gives up after ten seconds', async () => {
    fetched.mockImplementation(never);
    const taken = take().catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(patience);
    expect(await taken).toEqual(new Error('https://api.example does not answer.'));
  });

  it('is called off when nobody waits for it any more', async () => {
    fetched.mockImplementation(never);
    const taken = take().catch((error: unknown) => error);
    life.abort();
    expect(await taken).toMatchObject({ name: 'AbortError' });
  });

  it('says what a browser keeps to itself', async () => {
    fetched.mockRejectedValue(new TypeError('Failed to fetch'));
    await expect(take()).rejects.toThrow(
      /^https:\/\/api\.example cannot be reached: the network is down, the server is overloaded, or it/,
    );
  });
});

describe('cutConnections', () => {
  it('asks for the end of all, and tells the counts', async () => {
    const data = { disconnected: 2, gone: 1, failed: 0 };
    fetched.mockImplementation(answer(200, { type: 'disconnected', data }));
    expect(await disconnect()).toEqual(data);
    const [url, init] = fetched.mock.calls[0] ?? [];
    expect([url, init?.method]).toEqual(['https://api.example/connections', 'DELETE']);
  });

  it('takes no answer without counts', async () => {
    fetched.mockImplementation(answer(200, { data: { disconnected: 2 } }));
    await expect(disconnect()).rejects.toThrow('an answer without counts');
  });
});
