import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../..');

/** The stack outputs, as the local run writes them. */
export interface Outputs {
  websocketUrl: string;
  connectionsUrl: string;
  httpUrl: string;
  siteUrl: string;
  issuer: string;
  tableName: string;
  functionName: string;
  region: string;
}

/** Local is a whole local run on free ports, with everything it logs. */
export class Local {
  /** Everything that any of its processes has written. */
  log = '';
  readonly outputs: Outputs;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(child: ChildProcess, folder: string, outputs: Outputs) {
    this.#child = child;
    this.#folder = folder;
    this.outputs = outputs;
  }

  /** Builds and starts a local run, and waits until it says it is ready. Flags that come later win. */
  static async start(...more: string[]): Promise<Local> {
    const folder = mkdtempSync(join(tmpdir(), 'sallyport-'));
    const binary = join(folder, 'local');
    const outputs = join(folder, 'outputs.json');
    const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '' };
    execFileSync('go', ['build', '-o', binary, './local'], { cwd: root, env });
    const free = '127.0.0.1:0';
    const flags = ['-site', free, '-api', free, '-http', free, '-issuer', free, '-outputs', outputs, ...more];
    const child = spawn(binary, flags, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let log = '';
    let local: Local | undefined;
    const ready = new Promise<void>((done, fail) => {
      const collect = (chunk: Buffer) => {
        if (local) {
          local.log += chunk;
          return;
        }
        log += chunk;
        if (log.includes('Sallyport is ready')) done();
      };
      child.stdout.on('data', collect);
      child.stderr.on('data', collect);
      child.once('exit', (code) => fail(new Error(`local ended with ${code}:\n${log}`)));
    });
    await ready;
    local = new Local(child, folder, JSON.parse(readFileSync(outputs, 'utf8')));
    local.log = log;
    return local;
  }

  /** Ends the run as Ctrl-C does, and returns its exit code. */
  async stop(): Promise<number | null> {
    if (this.#child.exitCode !== null) return this.#child.exitCode;
    const ended = new Promise<number | null>((done) => this.#child.once('exit', done));
    this.#child.kill('SIGINT');
    const code = await ended;
    rmSync(this.#folder, { recursive: true });
    return code;
  }

  /** Flags that start another run at the same addresses. */
  sameAddresses(): string[] {
    const { siteUrl, connectionsUrl, httpUrl, issuer } = this.outputs;
    const [site, api, http, signIn] = [siteUrl, connectionsUrl, httpUrl, issuer].map((url) => new URL(url).host);
    return ['-site', site, '-api', api, '-http', http, '-issuer', signIn].map(String);
  }

  /** Ends the run as a power cut does: at once, with all its processes. */
  async kill(): Promise<void> {
    const all = [Number(this.#child.pid), ...this.children()];
    const ended = new Promise((done) => this.#child.once('exit', done));
    for (const pid of all.filter(runs)) process.kill(pid, 'SIGKILL');
    await ended;
    rmSync(this.#folder, { recursive: true });
  }

  /** Posts a message to one connection, as the AWS CLI does but without its second of start. */
  async post(connection: string, message: string): Promise<number> {
    const url = `${this.outputs.connectionsUrl}/@connections/${encodeURIComponent(connection)}`;
    const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=local' };
    return (await fetch(url, { method: 'POST', headers, body: message })).status;
  }

  /** Sends a message to a user or to all by the Lambda, and returns its counts. */
  push(target: { user: string } | { all: true }, message: unknown): Promise<Record<string, number>> {
    return this.#invoke({ push: { target, message } });
  }

  /** Has the Lambda end the connections of a user, or one, for a reason, and returns its counts. */
  disconnect(target: { user: string } | { connection: string }, reason: string): Promise<Record<string, number>> {
    return this.#invoke({ disconnect: { target, reason } });
  }

  async #invoke(order: unknown): Promise<Record<string, number>> {
    const { connectionsUrl, functionName } = this.outputs;
    const url = new URL(`/2015-03-31/functions/${functionName}/invocations`, connectionsUrl);
    const answer = await fetch(url, { method: 'POST', body: JSON.stringify(order) });
    return answer.json();
  }

  /** A ticket for a token, asked for by a page of this origin. */
  async ticket(token: string, origin = this.outputs.siteUrl): Promise<string> {
    const headers = { authorization: `Bearer ${token}`, origin };
    const answer = await fetch(`${this.outputs.httpUrl}/tickets`, { method: 'POST', headers });
    return (await answer.json()).data.ticket;
  }

  /** Runs a script of the project against this run; rejects if it fails. */
  script(name: string, ...args: string[]): Promise<string> {
    const env = {
      ...process.env,
      SALLYPORT_OUTPUTS: join(this.#folder, 'outputs.json'),
      // Debian's AWS CLI, whatever else is called aws.
      PATH: `/usr/bin:${process.env.PATH}`,
    };
    return new Promise((done, fail) => {
      execFile(join(root, 'scripts', name), ['--local', ...args], { env }, (err, out, text) =>
        err ? fail(new Error(`${name}: ${text}`)) : done(out),
      );
    });
  }

  /** Runs a command line that the page shows, in the project's folder, against this run. */
  shell(command: string): string {
    const env = {
      ...process.env,
      PATH: `/usr/bin:${process.env.PATH}`,
      SALLYPORT_OUTPUTS: join(this.#folder, 'outputs.json'),
    };
    return execFileSync('sh', ['-c', command.replace('.local/', `${this.#folder}/`)], { cwd: root, env }).toString();
  }

  /** The rows of the table of connections. */
  rows(): Record<string, unknown>[] {
    return JSON.parse(this.#table('scan')).Items;
  }

  /** Has the table say that a connection was opened an hour ago. */
  age(id: string): void {
    const values = { ':at': { N: `${Date.now() - 3_600_000}` } };
    this.#table(
      'update-item',
      ...['--key', JSON.stringify({ connectionId: { S: id } })],
      ...['--update-expression', 'SET connectedAt = :at', '--expression-attribute-values', JSON.stringify(values)],
    );
  }

  /** What the AWS CLI says to a command on the table of connections. */
  #table(command: string, ...args: string[]): string {
    const url = /table +(\S+)/.exec(this.log)?.[1] ?? '';
    const all = ['dynamodb', command, '--table-name', this.outputs.tableName, '--endpoint-url', url, ...args];
    const keys = { AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local', AWS_REGION: this.outputs.region };
    return execFileSync('/usr/bin/aws', all, { env: { ...process.env, ...keys } }).toString();
  }

  /** A token minted by the local sign-in. */
  async token(user: string, more: { expiresIn?: number; audience?: string } = {}): Promise<string> {
    const answer = await fetch(`${this.outputs.issuer}/token-for-user`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user, ...more }),
    });
    return (await answer.json()).access_token;
  }

  /** The ids of its child processes, of those with that text in their command. */
  children(text = ''): number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => parentOf(pid) === this.#child.pid && command(pid).includes(text));
  }
}

/** Whether a process exists. */
export function runs(pid: number): boolean {
  return command(pid) !== '';
}

function parentOf(pid: number): number {
  try {
    return Number(/PPid:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return 0; // it has ended meanwhile
  }
}

function command(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** How the gateway answered an upgrade. */
export interface Handshake {
  status: number;
  body: string;
}

/**
 * Asks for an upgrade as a raw client, with a token unless it is undefined, or
 * with other subprotocols, and returns how it was answered.
 */
export function handshake(
  socketUrl: string,
  token?: string,
  { protocols = token && `sallyport.v1, bearer.${token}`, origin }: { protocols?: string; origin?: string } = {},
): Promise<Handshake> {
  const url = socketUrl.replace(/^ws/, 'http');
  return new Promise((done, fail) => {
    const req = request(url, {
      headers: {
        Connection: 'Upgrade',
        Upgrade: 'websocket',
        'Sec-WebSocket-Version': '13',
        'Sec-WebSocket-Key': 'dGhlIHNhbXBsZSBub25jZQ==',
        ...(protocols && { 'Sec-WebSocket-Protocol': protocols }),
        ...(origin && { Origin: origin }),
      },
    });
    req.on('upgrade', (res, socket) => {
      socket.destroy();
      done({ status: res.statusCode ?? 0, body: '' });
    });
    req.on('response', (res: IncomingMessage) => {
      let body = '';
      res.on('data', (chunk) => {
        body += chunk;
      });
      res.on('end', () => done({ status: res.statusCode ?? 0, body }));
    });
    req.on('error', fail);
    req.end();
  });
}
