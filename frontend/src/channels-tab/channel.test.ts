import { beforeEach, describe, expect, it, vi } from 'vitest';
import { FakeCentrifuge, publicationAt, subscribedAt } from '../testing/fake-centrifuge';
import { Channel } from './channel';

let server: FakeCentrifuge;
let channel: Channel;

beforeEach(() => {
  server = new FakeCentrifuge(async () => '');
  channel = new Channel('chat:room1', false, server.client, (id) => id === 'mine');
});

/** The lines as texts: "offset publisher: data", or the text of a note. */
const lines = () =>
  channel
    .snapshot()
    .lines.map((line) => (line.kind === 'note' ? line.text : `${line.offset} ${line.publisher}: ${line.text}`));

const settle = () => new Promise<void>((done) => queueMicrotask(done));

/** Returns a page of the history, newest first. */
const page = (from: number, to: number) =>
  Array.from({ length: from - to + 1 }, (_, at) => publicationAt(from - at, from - at));

describe('publications', () => {
  it('shows each one once, with its publisher', () => {
    channel.subscribed(subscribedAt(3));
    channel.published(publicationAt(4, { a: 1 }));
    channel.published(publicationAt(4, { a: 1 }));
    channel.published({ channel: 'chat:room1', data: 'from afar', offset: 5 });
    channel.published({ ...publicationAt(6), info: { client: 'mine', user: 'me' } });
    expect(lines()).toEqual(['Subscribed.', '4 alice: {"a":1}', '5 undefined: from afar', '6 me: text 6']);
    expect(channel.snapshot()).toMatchObject({ received: 3, history: 'more' });
    expect(channel.snapshot().lines.at(-1)).toMatchObject({ mine: true });
  });

  it('shows all of a channel without history', () => {
    channel.subscribed(subscribedAt(0, { recoverable: false, streamPosition: undefined } as never));
    channel.published(publicationAt(undefined, 1));
    channel.published(publicationAt(undefined, 1));
    expect(lines()).toEqual(['Subscribed.', 'undefined alice: 1', 'undefined alice: 1']);
    expect(channel.snapshot().history).toBe('none');
  });

  it('drops the oldest of too many', () => {
    channel.subscribed(subscribedAt(0));
    for (let offset = 1; offset <= 1100; offset++) {
      channel.published(publicationAt(offset));
    }
    expect(lines()).toHaveLength(1000);
    expect(lines()[0]).toBe('101 alice: text 101');
  });
});

describe('the loss of a connection', () => {
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['Date'] });
    channel.subscribed(subscribedAt(0));
    channel.published(publicationAt(1));
    channel.subscribing();
    vi.setSystemTime(Date.now() + 3100);
    return () => vi.useRealTimers();
  });

  it('ends with the number of recovered messages and the time', async () => {
    channel.subscribed(subscribedAt(1, { wasRecovering: true, recovered: true }));
    channel.published(publicationAt(1)); // a repetition is not counted
    channel.published(publicationAt(2));
    channel.published(publicationAt(3));
    await settle();
    expect(lines().slice(2)).toEqual(['2 alice: text 2', '3 alice: text 3', 'Recovered 2 messages after 3.1 s away.']);
    channel.published(publicationAt(4));
    expect(lines()).toHaveLength(6);
  });

  it('counts a single message, and none', async () => {
    channel.subscribed(subscribedAt(1, { wasRecovering: true, recovered: true }));
    channel.published(publicationAt(2));
    await settle();
    channel.subscribing();
    channel.subscribed(subscribedAt(2, { wasRecovering: true, recovered: true }));
    await settle();
    expect(lines().filter((line) => line.startsWith('Recovered'))).toEqual([
      'Recovered 1 message after 3.1 s away.',
      'Recovered 0 messages after 0.0 s away.',
    ]);
  });

  it('reports missed messages, and loads the older ones after the gap', async () => {
    channel.subscribed(subscribedAt(30, { wasRecovering: true }));
    channel.published(publicationAt(31));
    server.pages = [page(30, 11), [...page(10, 10), publicationAt(1)]];
    await channel.loadOlder();
    expect(channel.snapshot().history).toBe('more');
    await channel.loadOlder();
    expect(channel.snapshot().history).toBe('complete');
    expect(server.asked[1]).toMatchObject({ since: { offset: 11, epoch: 'e' } });
    expect(lines().slice(0, 5)).toEqual([
      'Subscribed.',
      '1 alice: text 1',
      'Messages were missed: history is too short.',
      '10 alice: 10',
      '11 alice: 11',
    ]);
    expect(lines().at(-1)).toBe('31 alice: text 31');
  });

  it('does not confuse the offsets of two epochs', () => {
    const streamPosition = { offset: 0, epoch: 'other' };
    channel.subscribed(subscribedAt(0, { wasRecovering: true, streamPosition }));
    channel.published(publicationAt(1, 'new'));
    expect(lines().slice(1)).toEqual([
      '1 alice: text 1',
      'Messages were missed: history is too short.',
      '1 alice: new',
    ]);
  });

  it('warns in a channel without history', () => {
    channel.subscribed(subscribedAt(0, { recoverable: false }));
    expect(lines().at(-1)).toBe(
      'Subscribed again after 3.1 s away. The channel keeps no history, so messages may be missing.',
    );
  });
});

describe('the history', () => {
  it('is loaded page by page, oldest first', async () => {
    channel.subscribed(subscribedAt(25));
    server.pages = [page(25, 6), page(5, 1)];
    await channel.loadOlder();
    await channel.loadOlder();
    expect(server.asked).toEqual([
      { limit: 20, reverse: true },
      { limit: 20, reverse: true, since: { offset: 6, epoch: 'e' } },
    ]);
    expect(channel.snapshot().history).toBe('complete');
    expect(lines().slice(0, 25)).toEqual(Array.from({ length: 25 }, (_, at) => `${at + 1} alice: ${at + 1}`));
    expect(channel.snapshot().received).toBe(0);
  });

  it('ends with an empty page, not with a short one', async () => {
    channel.subscribed(subscribedAt(25));
    server.pages = [page(25, 23), []];
    await channel.loadOlder();
    expect(channel.snapshot().history).toBe('more');
    await channel.loadOlder();
    expect(channel.snapshot().history).toBe('complete');
  });

  it('is known to be empty at the offset 0', () => {
    channel.subscribed(subscribedAt(0));
    expect(channel.snapshot().history).toBe('complete');
  });

  it('can be requested again after a refusal', async () => {
    channel.subscribed(subscribedAt(25));
    server.refusal = { code: 103, message: 'permission denied' };
    await channel.loadOlder();
    expect(channel.snapshot()).toMatchObject({
      history: 'more',
      historyProblem: 'The namespace does not allow you to do this. (code 103)',
    });
  });
});

describe('the users', () => {
  const bob = { client: 'b', user: 'bob' };

  it('are those of the answer, then join and leave', async () => {
    server.people = async () => ({ m: { client: 'mine', user: 'me' }, b: bob });
    channel.subscribed(subscribedAt(0));
    await vi.waitFor(() => expect(channel.snapshot().people).toHaveLength(2));
    channel.joined({ client: 'b2', user: 'bob' });
    channel.joined({ client: 'c', user: 'carol' });
    channel.left({ client: 'c', user: 'carol' });
    expect(channel.snapshot().people).toEqual([
      { name: 'bob', connections: 2, me: false },
      { name: 'me', connections: 1, me: true },
    ]);
    expect(lines()).toEqual(['Subscribed.', 'bob joined.', 'carol joined.', 'carol left.']);
  });

  it('include the changes that came before the answer', async () => {
    let answer = (_: Record<string, typeof bob>) => {};
    server.people = () =>
      new Promise((done) => {
        answer = done;
      });
    const loaded = channel.loadPeople();
    channel.left(bob);
    channel.joined({ client: 'c', user: 'carol' });
    answer({ b: bob });
    await loaded;
    expect(channel.snapshot().people?.map(({ name }) => name)).toEqual(['carol']);
  });

  it('may be secret', async () => {
    server.people = () => Promise.reject({ code: 103, message: 'permission denied' });
    await channel.loadPeople();
    expect(channel.snapshot().peopleProblem).toContain('(code 103)');
  });
});

it('explains why a subscription ended', () => {
  channel.unsubscribed({ code: 102, message: 'unknown channel' });
  expect(channel.snapshot()).toMatchObject({ state: 'unsubscribed', problem: expect.stringMatching(/namespace.*102/) });
  channel.subscribing();
  expect(channel.snapshot().problem).toBeUndefined();
  channel.unsubscribed({ code: 0, message: 'unsubscribe called' });
  expect(channel.snapshot().problem).toBeUndefined();
});
