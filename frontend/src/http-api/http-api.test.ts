import { beforeEach, describe, expect, it, vi } from 'vitest';
import { disconnectAll, Refusal, takeTicket, timeout } from './http-api';

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

/** An answer that never comes. The promise rejects when the request is canceled, as in a browser. */
const never: typeof fetch = (_, init) =>
  new Promise((_, reject) => {
    init?.signal?.addEventListener('abort', () => reject(new DOMException('Aborted', 'AbortError')));
  });

describe('takeTicket', () => {
  it('sends the token in a header, to this address only, and without caching', async () => {
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

  it('sends the trace id of the attempt', async () => {
    fetched.mockImplementation(answer(201, given));
    await takeTicket({ ...session, trace: '4bf92f3577b34da6a3ce929d0e0e4736' }, life.signal);
    expect(fetched.mock.calls[0]?.[1]?.headers).toEqual({
      authorization: 'Bearer a.b.c',
      traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-a3ce929d0e0e4736-00',
    });
  });

  it.each<[number, string, boolean]>([
    [401, 'token_expired', false],
    [403, 'token_audience', false],
    [408, 'timeout', true],
    [429, 'throttled', true],
    [500, 'broken', true],
    [503, 'unavailable', true],
  ])('throws a Refusal for %i %s, which is temporary: %s', async (status, code, passing) => {
    fetched.mockImplementation(answer(status, { type: 'error', data: { code, message: 'Because.' } }));
    const refusal = await take().catch((error: unknown) => error);
    expect(refusal).toBeInstanceOf(Refusal);
    expect(refusal).toMatchObject({ status, code, message: 'Because.', passing });
  });

  it.each<[string, string]>([
    ['by API Gateway', '{"message":"Not Found"}'],
    ['that is not JSON', '<html>'],
    ['that is empty', ''],
    ['whose code is not a string', '{"data":{"code":5,"message":{}}}'],
  ])('reads a refusal %s', async (_, body) => {
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
    ['a ticket that cannot be a subprotocol', { data: { ticket: 'a, b', tokenExpires: 1 } }],
    ['no expiry', { data: { ticket } }],
  ])('rejects an answer with %s', async (_, body) => {
    fetched.mockImplementation(answer(201, body));
    await expect(take()).rejects.toThrow('https://api.example sent an answer without a valid ticket.');
  });

  it('fails after ten seconds without an answer', async () => {
    fetched.mockImplementation(never);
    const taken = take().catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(timeout);
    expect(await taken).toEqual(new Error('https://api.example does not answer.'));
  });

  it('is canceled by its signal', async () => {
    fetched.mockImplementation(never);
    const taken = take().catch((error: unknown) => error);
    life.abort();
    expect(await taken).toMatchObject({ name: 'AbortError' });
  });

  it('lists the possible reasons of a network error', async () => {
    fetched.mockRejectedValue(new TypeError('Failed to fetch'));
    await expect(take()).rejects.toThrow(
      /^https:\/\/api\.example cannot be reached: the network is down, the server fails or is overloaded, or it/,
    );
  });
});

describe('disconnectAll', () => {
  it('sends DELETE /connections and returns the counts', async () => {
    const data = { disconnected: 2, gone: 1, failed: 0 };
    fetched.mockImplementation(answer(200, { type: 'disconnected', data }));
    expect(await disconnect()).toEqual(data);
    const [url, init] = fetched.mock.calls[0] ?? [];
    expect([url, init?.method]).toEqual(['https://api.example/connections', 'DELETE']);
  });

  it('rejects an answer without counts', async () => {
    fetched.mockImplementation(answer(200, { data: { disconnected: 2 } }));
    await expect(disconnect()).rejects.toThrow('an answer without counts');
  });
});
