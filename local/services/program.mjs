// What the programs of this folder have in common: each is started with its
// settings as one JSON argument, serves HTTP on a loopback address, prints one
// line of JSON once it answers, and ends with who started it.

const loopback = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/;

/** Ends the program with one sentence on what is wrong. */
export function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

/** The settings, of which those named in required are there. */
export function readSettings(required) {
  let settings;
  try {
    settings = JSON.parse(process.argv[2] ?? '');
  } catch {
    fail('the settings are not JSON');
  }
  const missing = required.find((name) => typeof settings?.[name] !== 'string' || settings[name] === '');
  if (missing) {
    fail(`the settings lack ${missing}`);
  }
  return settings;
}

/** Ends the program when it is told to, or when its standard input ends: then who started it is gone. */
export function endWithParent() {
  const end = () => process.exit(0);
  process.on('SIGTERM', end).on('SIGINT', end);
  process.stdin.on('end', end).on('error', end).resume();
  process.on('uncaughtException', (error) => fail(`unexpected: ${error.message}`));
}

/** Listens on address, host:port with port 0 for any, and returns the URL. */
export function listen(server, address) {
  const colon = address.lastIndexOf(':');
  const [host, port] = [address.slice(0, colon), Number(address.slice(colon + 1))];
  if (!loopback.test(host) || !Number.isInteger(port) || port < 0 || port > 65535) {
    fail(`${address} is not a loopback address with a port, such as 127.0.0.1:8082`);
  }
  return new Promise((resolve) => {
    server.once('error', (error) => {
      const taken = error.code === 'EADDRINUSE';
      fail(taken ? `${address} is in use by another program` : `cannot listen on ${address}: ${error.message}`);
    });
    server.listen(port, host.replace(/[[\]]/g, ''), () => resolve(`http://${host}:${server.address().port}`));
  });
}

/** Says that the program answers. */
export function ready(url) {
  process.stdout.write(`${JSON.stringify({ url })}\n`);
}
