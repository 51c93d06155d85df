// The common parts of the programs in this folder. Each gets its settings as one JSON
// argument, serves HTTP on a loopback address, prints one line of JSON when it is ready, and
// ends with its parent process.

const loopback = /^(127\.\d+\.\d+\.\d+|localhost|\[::1\])$/;

/** Prints one sentence about an error and ends the program. */
export function fail(sentence) {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}

/** Returns the settings. Each name in required must have a text that is not empty. */
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

/** Ends the program at SIGTERM, SIGINT and the end of standard input, which is the end of the parent process. */
export function endWithParent() {
  const end = () => process.exit(0);
  process.on('SIGTERM', end).on('SIGINT', end);
  process.stdin.on('end', end).on('error', end).resume();
  process.on('uncaughtException', (error) => fail(`unexpected: ${error.message}`));
}

/** Listens on address, HOST:PORT, and returns the URL. Port 0 is a free port. */
export function listen(server, address) {
  const colon = address.lastIndexOf(':');
  const [host, port] = [address.slice(0, colon), Number(address.slice(colon + 1))];
  if (!loopback.test(host) || !Number.isInteger(port) || port < 0 || port > 65535) {
    fail(`${address} is not a loopback address with a port, such as 127.0.0.1:8082`);
  }
  return new Promise((resolve) => {
    server.once('error', (error) => {
      const inUse = error.code === 'EADDRINUSE';
      fail(inUse ? `${address} is in use by another program` : `cannot listen on ${address}: ${error.message}`);
    });
    server.listen(port, host.replace(/[[\]]/g, ''), () => resolve(`http://${host}:${server.address().port}`));
  });
}

/** Prints the URL as a sign that the program is ready. */
export function ready(url) {
  process.stdout.write(`${JSON.stringify({ url })}\n`);
}
