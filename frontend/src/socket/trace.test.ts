import { beforeEach, expect, it, vi } from 'vitest';
import { SocketHarness } from '../testing/socket-harness';
import { newTrace } from './trace';

const first = '4bf92f3577b34da6a3ce929d0e0e4736';
const second = '0af7651916cd43dd8448eb211c80319c';

let harness: SocketHarness;

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000 });
  const ids = [first, second];
  harness = new SocketHarness({ trace: () => ids.shift() ?? '' });
  return () => vi.useRealTimers();
});

it('makes random ids of 32 lower-case hexadecimal digits', () => {
  const ids = Array.from({ length: 100 }, newTrace);
  expect(ids.every((id) => /^[0-9a-f]{32}$/.test(id))).toBe(true);
  expect(new Set(ids).size).toBe(100);
});

it('gives the id to connectParams, and offers it after the other subprotocols', async () => {
  const server = await harness.open();
  expect(harness.connectParams).toHaveBeenCalledExactlyOnceWith(expect.objectContaining({ trace: first }));
  expect(server.protocols).toEqual(['sallyport.v1', 'bearer.a.b.c', `trace.${first}`]);
  expect(harness.snapshot('open').trace).toBe(first);
});

it('reports the id of a refused handshake, and makes another one for the next attempt', async () => {
  (await harness.connect()).end(1006);
  expect(harness.snapshot('waiting').ending).toMatchObject({ kind: 'closed', code: 1006, trace: first });
  await harness.pass(500);
  expect(harness.server.protocols.at(-1)).toBe(`trace.${second}`);
  harness.server.accept('sallyport.v1');
  expect(harness.snapshot('open').trace).toBe(second);
  harness.server.end(1001);
  expect(harness.snapshot('waiting').ending.trace).toBe(second);
});

it('reports the id of an attempt for which there were no parameters', async () => {
  harness.connectParams.mockRejectedValueOnce(new Error('no'));
  harness.socket.connect();
  await harness.pass();
  expect(harness.snapshot('waiting').ending).toMatchObject({ kind: 'failed', trace: first });
});

it('uses no id without the option', async () => {
  const plain = new SocketHarness();
  const server = await plain.open();
  expect(server.protocols).toEqual(['sallyport.v1', 'bearer.a.b.c']);
  expect(plain.snapshot('open').trace).toBeUndefined();
});
