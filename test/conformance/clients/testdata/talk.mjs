// Talks to a WebSocket API with Node's ws, and prints what comes.
import { once } from 'node:events';
import WebSocket from 'ws';

const [url, ...protocols] = process.argv.slice(2);
const closed = async (ws) => {
  const [code, reason] = await once(ws, 'close');
  return `${code} ${reason}`.trim();
};
const read = async (ws) => (await once(ws, 'message'))[0].toString();

const refused = new WebSocket(url, protocols.length ? ['sallyport.v1', 'bearer.nonsense'] : []);
refused.once('open', () => refused.close());
refused.once('error', (error) => console.log('bad token:', error.message));
await new Promise((done) => refused.once('close', done)); // once would throw the error

const ws = new WebSocket(url, protocols);
await once(ws, 'open');
console.log('subprotocol', ws.protocol || 'None');
ws.send('{"action":"ping"}');
console.log(await read(ws));
ws.send('frag', { fin: false });
ws.send('ments', { fin: true });
console.log(await read(ws));
ws.ping('x');
await once(ws, 'pong');
console.log('pong');
ws.send('x'.repeat(32 * 1024 + 1));
console.log('large frame:', await closed(ws));

const second = new WebSocket(url, protocols);
await once(second, 'open');
second.send(Buffer.from('binary'));
console.log('binary:', (await closed(second)).slice(0, 4));
