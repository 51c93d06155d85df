// Uses channels with the unmodified client of Centrifugo for JavaScript.
//
// usage: node channels.mjs WEBSOCKET_URL HTTP_URL CONTROL_URL
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { Centrifuge } from 'centrifuge';
import WebSocket from 'ws';

const [url, httpUrl, controlUrl] = process.argv.slice(2);

/** Ends a test that hangs. No test depends on the speed of the machine. */
const patience = 300_000;

/** Does something that no client can do: see control in channels_test.go. */
async function control(name, parameters = {}) {
  const answer = await fetch(`${controlUrl}/${name}?${new URLSearchParams(parameters)}`, { method: 'POST' });
  const text = await answer.text();
  assert.equal(answer.status, 200, `${name}: ${text}`);
  return text;
}

/** Records events. The returned function resolves with the next event of a name, in the order of their arrival. */
function recorder(emitter, names) {
  const past = Object.fromEntries(names.map((name) => [name, []]));
  const waiting = Object.fromEntries(names.map((name) => [name, []]));
  for (const name of names) {
    emitter.on(name, (event) => {
      const next = waiting[name].shift();
      next ? next(event) : past[name].push(event);
    });
  }
  const next = (name) =>
    past[name].length > 0 ? Promise.resolve(past[name].shift()) : new Promise((done) => waiting[name].push(done));
  next.count = (name) => past[name].length;
  return next;
}

/**
 * Returns a connected client of a user, with another ticket for each attempt. The token behind each ticket is valid for
 * some seconds; 0: for the default of the sign-in.
 */
async function open(t, user, options = {}, expiresIn = 0) {
  const peer = { tickets: 0, sockets: [], ready: Promise.resolve() };
  let ticket;
  class Socket extends WebSocket {
    constructor(address) {
      super(address, ['centrifuge-json', `ticket.${ticket}`]);
      peer.sockets.push(this);
    }
  }
  const getData = async () => {
    await peer.ready;
    const authorization = `Bearer ${await control('token', { user, expiresIn })}`;
    const answer = await fetch(`${httpUrl}/tickets`, { method: 'POST', headers: { authorization } });
    ticket = (await answer.json()).data.ticket;
    peer.tickets++;
  };
  peer.client = new Centrifuge(url, { websocket: Socket, getData, timeout: patience, minReconnectDelay: 1, ...options });
  t.after(() => peer.client.disconnect());
  peer.next = recorder(peer.client, [
    'connecting',
    'connected',
    'disconnected',
    'message',
    'subscribing',
    'subscribed',
    'publication',
    'unsubscribed',
  ]);
  peer.client.connect();
  peer.id = (await peer.next('connected')).client;
  assert.equal((await peer.next('connecting')).code, 0);
  /** Cuts the connection as a network does. The client comes back when the returned function is called. */
  peer.cut = () => {
    let release;
    peer.ready = new Promise((done) => (release = done));
    peer.sockets.at(-1).terminate();
    return release;
  };
  return peer;
}

/** Returns a subscription that stands, and its next event. */
async function subscribe({ client }, channel, options = {}) {
  const subscription = client.newSubscription(channel, options);
  const next = recorder(subscription, ['subscribing', 'subscribed', 'publication', 'join', 'leave', 'unsubscribed', 'error']);
  subscription.subscribe();
  const subscribed = await next('subscribed');
  await next('subscribing');
  return { subscription, next, subscribed };
}

const room = () => `chat:${randomUUID()}`;

/** Publishes, and waits until a subscriber of the channel has it. */
async function publish(from, data) {
  await from.subscription.publish(data);
  const { data: got, offset } = await from.next('publication');
  assert.deepEqual(got, data);
  return offset;
}

/** Asks until exactly these clients are present. The row of a client is deleted after its leave was announced. */
async function present({ subscription }, ...peers) {
  const want = peers.map(({ id }) => id).sort();
  while (Object.keys((await subscription.presence()).clients).sort().join() !== want.join()) {}
}

const scenario = (name, does) => test(name, { timeout: patience }, does);

scenario('commands', async (t) => {
  const alice = await open(t, 'alice');
  const own = await alice.next('subscribed');
  assert.match(own.channel, /^user:[\w-]{20}$/);
  assert.deepEqual([own.recoverable, own.positioned, own.wasRecovering], [true, true, false]);

  const channel = room();
  const a = await subscribe(alice, channel, { joinLeave: true });
  assert.deepEqual([a.subscribed.recoverable, a.subscribed.wasRecovering, a.subscribed.recovered], [true, false, false]);
  assert.equal(a.subscribed.streamPosition.offset, 0);
  const itself = await a.next('join');
  assert.deepEqual(itself.info, { client: alice.id, user: 'alice' });

  const bob = await open(t, 'bob');
  const b = await subscribe(bob, channel);
  assert.deepEqual((await a.next('join')).info, { client: bob.id, user: 'bob' });

  for (const [i, data] of [{ n: 1 }, 'text <&>', null, [0.5, { ü: '\n' }]].entries()) {
    await b.subscription.publish(data);
    for (const next of [a.next, b.next]) {
      const publication = await next('publication');
      assert.deepEqual([publication.data, publication.offset], [data, i + 1]);
      assert.deepEqual(publication.info, { client: bob.id, user: 'bob' });
    }
  }
  assert.deepEqual(await a.subscription.presence(), {
    clients: { [alice.id]: { client: alice.id, user: 'alice' }, [bob.id]: { client: bob.id, user: 'bob' } },
  });
  assert.deepEqual(await a.subscription.presenceStats(), { numClients: 2, numUsers: 2 });

  const { epoch } = a.subscribed.streamPosition;
  const offsets = async (options) => {
    const history = await a.subscription.history(options);
    assert.deepEqual([history.epoch, history.offset], [epoch, 4]);
    return history.publications.map((p) => p.offset);
  };
  assert.deepEqual(await offsets({}), []);
  assert.deepEqual(await offsets({ limit: -1 }), [1, 2, 3, 4]);
  assert.deepEqual(await offsets({ limit: 2 }), [1, 2]);
  assert.deepEqual(await offsets({ limit: 2, reverse: true }), [4, 3]);
  assert.deepEqual(await offsets({ limit: 2, since: { offset: 1, epoch } }), [2, 3]);
  assert.deepEqual(await offsets({ limit: 9, since: { offset: 3, epoch }, reverse: true }), [2, 1]);

  assert.equal((await alice.client.rpc('whoami', {})).data.connectionId, alice.id);
  assert.equal((await alice.client.rpc('whoami')).data.connectionId, alice.id);
  await alice.client.send({ ignored: true }); // has no answer
  assert.equal((await alice.client.history(channel, { limit: 1 })).publications.length, 1);
  assert.equal((await alice.client.presenceStats(channel)).numClients, 2);

  b.subscription.unsubscribe();
  assert.equal((await b.next('unsubscribed')).code, 0);
  assert.deepEqual((await a.next('leave')).info, { client: bob.id, user: 'bob' });
  await present(a, alice);
});

scenario('publish without subscription', async (t) => {
  const [alice, bob] = await Promise.all([open(t, 'alice'), open(t, 'bob')]);
  for (const channel of [room(), 'cursor:1']) {
    const { next } = await subscribe(alice, channel);
    await bob.client.publish(channel, { x: 1 });
    const { data, offset } = await next('publication');
    assert.deepEqual([data, offset], [{ x: 1 }, channel === 'cursor:1' ? undefined : 1]);
  }
});

scenario('recovery after a cut', async (t) => {
  const [alice, bob] = await Promise.all([open(t, 'alice'), open(t, 'bob')]);
  const channel = room();
  const a = await subscribe(alice, channel);
  const b = await subscribe(bob, channel);
  await publish(b, 0);
  assert.equal((await a.next('publication')).offset, 1);
  await alice.next('subscribed');

  const back = alice.cut();
  assert.equal((await alice.next('connecting')).code, 1);
  for (let i = 1; i <= 20; i++) {
    await publish(b, i);
  }
  back();
  const subscribed = await a.next('subscribed');
  assert.deepEqual([subscribed.wasRecovering, subscribed.recovered, subscribed.hasRecoveredPublications], [true, true, true]);
  for (let i = 1; i <= 20; i++) {
    const { data, offset } = await a.next('publication');
    assert.deepEqual([data, offset], [i, i + 1]);
  }
  await publish(b, 'live');
  assert.deepEqual((await a.next('publication')).data, 'live');
  const own = await alice.next('subscribed');
  assert.deepEqual([own.wasRecovering, own.recovered], [true, true]);
  assert.equal(alice.tickets, 2);
});

scenario('unrecoverable position', async (t) => {
  const alice = await open(t, 'alice');
  for (const since of [{ offset: 1, epoch: 'foreign' }, { offset: 0, epoch: 'foreign' }]) {
    const { subscribed } = await subscribe(alice, room(), { since });
    assert.deepEqual([subscribed.wasRecovering, subscribed.recovered], [true, false]);
  }
  const channel = room();
  const { subscription, subscribed } = await subscribe(alice, channel);
  await subscription.publish(1);
  const { epoch } = subscribed.streamPosition;
  await assert.rejects(alice.client.history(channel, { limit: 1, since: { offset: 0, epoch: 'foreign' } }), { code: 112 });
  subscription.unsubscribe();
  alice.client.removeSubscription(subscription);
  const beyond = await subscribe(alice, channel, { since: { offset: 9, epoch } });
  assert.deepEqual([beyond.subscribed.wasRecovering, beyond.subscribed.recovered], [true, false]);
});

for (const [name, code] of [
  ['duration', 'the two-hour limit, 1001'],
  ['delete', 'DELETE @connections, 1000'],
]) {
  scenario(`end by ${code}`, async (t) => {
    const [alice, bob] = await Promise.all([open(t, 'alice'), open(t, 'bob')]);
    const channel = room();
    const a = await subscribe(alice, channel);
    const b = await subscribe(bob, channel);
    await publish(b, 1);
    await a.next('publication');
    await control(name, { connection: alice.id });
    assert.equal((await alice.next('connecting')).code, 1);
    assert.equal((await a.next('subscribing')).code, 1);
    await publish(b, 2);
    const subscribed = await a.next('subscribed');
    assert.deepEqual([subscribed.wasRecovering, subscribed.recovered], [true, true]);
    assert.equal((await a.next('publication')).offset, 2);
    const { client: id } = await alice.next('connected');
    assert.notEqual(id, alice.id);
    assert.equal(alice.tickets, 2);
    await present(a, bob, { id });
  });
}

scenario('a post that fails, 2500', async (t) => {
  const [alice, bob] = await Promise.all([open(t, 'alice'), open(t, 'bob')]);
  const channel = room();
  const a = await subscribe(alice, channel);
  const b = await subscribe(bob, channel);
  await publish(b, 1);
  await a.next('publication');
  await control('slow', { connection: alice.id });
  await publish(b, 2);
  assert.equal((await a.next('subscribing')).code, 2500);
  const subscribed = await a.next('subscribed');
  assert.deepEqual([subscribed.wasRecovering, subscribed.recovered], [true, true]);
  await publish(b, 3);
  const seen = new Set();
  while (!seen.has(3)) {
    seen.add((await a.next('publication')).offset); // one that was slow arrives twice
  }
  assert.deepEqual([...seen], [2, 3]);
  assert.equal(alice.tickets, 1, 'the connection stays');
});

/** Waits until a socket is closed. */
const closed = (socket) =>
  socket.readyState === WebSocket.CLOSED ? undefined : new Promise((done) => socket.once('close', done));

scenario('disconnect order, 3503', async (t) => {
  const user = `user-${randomUUID()}`;
  const alice = await open(t, user);
  await control('disconnect', { user });
  const { code, reason } = await alice.next('disconnected');
  assert.deepEqual([code, reason], [3503, 'Maintenance at noon']);
  assert.equal(alice.client.state, 'disconnected');
  assert.deepEqual([alice.tickets, alice.next.count('connecting')], [1, 0]);
  await closed(alice.sockets[0]);
});

scenario('expired token, 3005', async (t) => {
  const alice = await open(t, 'alice');
  const a = await subscribe(alice, room());
  await control('expire', { connection: alice.id });
  assert.equal((await alice.next('connecting')).code, 3005);
  assert.notEqual((await alice.next('connected')).client, alice.id);
  assert.equal((await a.next('subscribed')).recovered, true);
  assert.equal(alice.tickets, 2);
});

scenario('refresh with a token', async (t) => {
  let tokens = 0;
  const getToken = () => {
    tokens++;
    return control('token', { user: 'alice' });
  };
  const alice = await open(t, 'alice', { getToken }, 5);
  const a = await subscribe(alice, room());
  const frames = recorder(alice.sockets[0], ['message']);
  let frame = '';
  while (!frame.includes('"refresh"')) {
    frame = String(await frames('message'));
  }
  const { refresh } = JSON.parse(frame);
  assert.deepEqual([tokens, refresh.expires, refresh.ttl > 60], [2, true, true]);
  await publish(a, 1);
  assert.equal(alice.tickets, 1, 'the connection stays');
});

scenario('errors', async (t) => {
  const alice = await open(t, 'alice');
  const fails = (promise, code) => assert.rejects(promise, (e) => assert.equal(e.code, code, e.message) ?? true);
  const { client } = alice;
  await fails(client.publish('other:1', 1), 102);
  await fails(client.history('nowhere'), 102);
  await fails(client.publish('user:1', 1), 103);
  await fails(client.presence('cursor:1'), 103);
  await fails(client.history('cursor:1'), 103);
  await fails(client.publish('cursor:1', 'x'.repeat(1025)), 106);
  await fails(client.rpc('whoami', { more: 1 }), 107);
  await fails(client.rpc('shout', {}), 108);
  for (const [channel, code] of [
    ['other:1', 102],
    ['user:AAAAAAAAAAAAAAAAAAAA', 103],
  ]) {
    const subscription = client.newSubscription(channel);
    const next = recorder(subscription, ['unsubscribed']);
    subscription.subscribe();
    assert.equal((await next('unsubscribed')).code, code);
  }
  assert.equal((await client.rpc('whoami', {})).data.connectionId, alice.id, 'the connection stays');
});

scenario('publications of a backend in the own channel', async (t) => {
  const alice = await open(t, `user-${randomUUID()}`);
  const { channel } = await alice.next('subscribed');
  await control('publish', { channel });
  const first = await alice.next('publication');
  assert.deepEqual([first.channel, first.data, first.offset, first.info], [channel, { hello: 1 }, 1, undefined]);
  const back = alice.cut();
  assert.equal((await alice.next('connecting')).code, 1);
  await control('publish', { channel });
  back();
  const again = await alice.next('subscribed');
  assert.deepEqual([again.wasRecovering, again.recovered], [true, true]);
  assert.equal((await alice.next('publication')).offset, 2);
});

scenario('push of a backend', async (t) => {
  const user = `user-${randomUUID()}`;
  const alice = await open(t, user);
  await control('push', { user });
  assert.deepEqual((await alice.next('message')).data, { hello: 1 });
});
