import { type ChildProcess, execFile, execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { type IncomingMessage, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** The project's folder. */
export const root = resolve(import.meta.dirname, '../..');

/** The program of the local run, which build.ts builds. */
export const binary = join(root, '.build', 'local');

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

/** A local run on free ports, with its logs. */
export class Local {
  /** The output of all its processes. */
  log = '';
  readonly #folder = mkdtempSync(join(tmpdir(), 'sallyport-'));
  readonly #flags: readonly string[];
  #child: ChildProcess | undefined;
  #outputs: Outputs | undefined;

  private constructor(flags: readonly string[]) {
    this.#flags = flags;
  }

  get outputs(): Outputs {
    if (!this.#outputs) throw new Error('the local run has not started');
    return this.#outputs;
  }

  /** Starts a local run and waits until it is ready. The last of two equal flags is used. */
  static async start(...more: string[]): Promise<Local> {
    const free = '127.0.0.1:0';
    const local = new Local(['-watch=false', '-site', free, '-api', free, '-http', free, '-issuer', free, ...more]);
    await local.#launch([]);
    return local;
  }

  /** Starts it again at the same addresses after stop or kill. Its sign-in has new keys, so older tokens are invalid. */
  async restart(): Promise<void> {
    const { siteUrl, connectionsUrl, httpUrl, issuer } = this.outputs;
    const [site, api, http, signIn] = [siteUrl, connectionsUrl, httpUrl, issuer].map((url) => new URL(url).host);
    await this.#launch(['-site', site, '-api', api, '-http', http, '-issuer', signIn].map(String));
  }

  async #launch(more: string[]): Promise<void> {
    const outputs = this.#file('outputs.json');
    const flags = [...this.#flags, '-outputs', outputs, ...more];
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    const child = spawn(binary, flags, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child = child;
    const before = this.log.length;
    await new Promise<void>((done, fail) => {
      const collect = (chunk: Buffer) => {
        this.log += chunk;
        if (this.log.includes('Sallyport is ready', before)) done();
      };
      child.stdout.on('data', collect);
      child.stderr.on('data', collect);
      child.once('error', fail);
      child.once('exit', (code) => fail(new Error(`local ended with ${code}:\n${this.log.slice(before)}`)));
    });
    this.#outputs = JSON.parse(readFileSync(outputs, 'utf8'));
  }

  #file(name: string): string {
    return join(this.#folder, name);
  }

  /** Ends the run as Ctrl-C does, and returns its exit code. */
  stop(): Promise<number | null> {
    return this.#end(() => this.#child?.kill('SIGINT'));
  }

  /** Kills the run and all its processes at once. */
  async kill(): Promise<void> {
    const all = [Number(this.#child?.pid), ...this.children()];
    await this.#end(() => {
      for (const pid of all.filter(runs)) process.kill(pid, 'SIGKILL');
    });
  }

  async #end(how: () => void): Promise<number | null> {
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return child?.exitCode ?? null;
    const ended = new Promise<number | null>((done) => child.once('exit', done));
    how();
    const code = await ended;
    rmSync(this.#folder, { recursive: true });
    return code;
  }

  /** Posts a message to one connection. The AWS CLI would need a second to start. */
  async post(connection: string, message: string): Promise<number> {
    const url = `${this.outputs.connectionsUrl}/@connections/${encodeURIComponent(connection)}`;
    const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=local' };
    return (await fetch(url, { method: 'POST', headers, body: message })).status;
  }

  /** Makes the function send a message to a user or to all. It returns the counts. */
  push(target: { user: string } | { all: true }, message: unknown): Promise<Record<string, number>> {
    return this.#invoke({ push: { target, message } });
  }

  /** Makes the function end the connections of a user, or one connection, for a reason. It returns the counts. */
  disconnect(target: { user: string } | { connection: string }, reason: string): Promise<Record<string, number>> {
    return this.#invoke({ disconnect: { target, reason } });
  }

  async #invoke(command: unknown): Promise<Record<string, number>> {
    const { connectionsUrl, functionName } = this.outputs;
    const url = new URL(`/2015-03-31/functions/${functionName}/invocations`, connectionsUrl);
    const answer = await fetch(url, { method: 'POST', body: JSON.stringify(command) });
    return answer.json();
  }

  /** Requests a ticket for a token, as a page of this origin, and returns it. */
  async ticket(token: string, origin = this.outputs.siteUrl): Promise<string> {
    const headers = { authorization: `Bearer ${token}`, origin };
    const answer = await fetch(`${this.outputs.httpUrl}/tickets`, { method: 'POST', headers });
    return (await answer.json()).data.ticket;
  }

  /** Runs a script of the project against this run. It rejects if the script fails. */
  script(name: string, ...args: string[]): Promise<string> {
    const env = {
      ...process.env,
      SALLYPORT_OUTPUTS: this.#file('outputs.json'),
      // Debian's AWS CLI comes first.
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
      SALLYPORT_OUTPUTS: this.#file('outputs.json'),
    };
    return execFileSync('sh', ['-c', command.replace('.local/', `${this.#folder}/`)], { cwd: root, env }).toString();
  }

  /** Returns the rows of a user in the table of connections. */
  async rows(user: string): Promise<{ connectionId: { S: string } }[]> {
    const { Items: rows } = await this.#table('Scan', {});
    return rows.filter((row: { user?: { S?: string } }) => row.user?.S === user);
  }

  /** Changes the table as if a connection was opened so many milliseconds ago. */
  async age(id: string, milliseconds: number): Promise<void> {
    await this.#table('UpdateItem', {
      Key: { connectionId: { S: id } },
      UpdateExpression: 'SET connectedAt = :at',
      ExpressionAttributeValues: { ':at': { N: `${Date.now() - milliseconds}` } },
    });
  }

  /** Performs a DynamoDB operation on the table of connections. The AWS CLI would need a second to start. */
  async #table(operation: string, input: object): Promise<{ Items: never[] }> {
    const url = [...this.log.matchAll(/table +(\S+)/g)].at(-1)?.[1] ?? '';
    const headers = {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDB_20120810.${operation}`,
      'x-amz-date': '20260101T000000Z',
      authorization:
        'AWS4-HMAC-SHA256 Credential=any/20260101/any/dynamodb/aws4_request, SignedHeaders=host, Signature=any',
    };
    const body = JSON.stringify({ TableName: this.outputs.tableName, ...input });
    const answer = await fetch(url, { method: 'POST', headers, body });
    if (!answer.ok) throw new Error(`${operation}: ${answer.status} ${await answer.text()}`);
    return answer.json();
  }

  /** Returns an access token of the local sign-in. */
  async token(user: string, more: { expiresIn?: number; audience?: string } = {}): Promise<string> {
    const answer = await fetch(`${this.outputs.issuer}/token-for-user`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user, ...more }),
    });
    return (await answer.json()).access_token;
  }

  /** Returns the ids of its child processes with this text in their command. */
  children(text = ''): number[] {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .map(Number)
      .filter((pid) => parentOf(pid) === this.#child?.pid && command(pid).includes(text));
  }
}

/** Returns whether a process exists. */
export function runs(pid: number): boolean {
  return command(pid) !== '';
}

function parentOf(pid: number): number {
  try {
    return Number(/PPid:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return 0; // it has ended
  }
}

function command(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

/** The answer of the gateway to an upgrade request. */
export interface Handshake {
  status: number;
  body: string;
}

/** Sends an upgrade request with a token, if there is one, or with other subprotocols. It returns the answer. */
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
