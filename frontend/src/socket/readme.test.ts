/// <reference types="node" />
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'vite';
import { expect, it, vi } from 'vitest';
import { mockWebSocket, newest } from '../testing/mock-web-socket';

const root = process.cwd(); // the folder frontend
const folder = join(root, 'src/socket');

/** The project of a user: a copy of this folder without its tests, and the example of README.md as example.ts. */
function copyExample(): string {
  const project = mkdtempSync(join(tmpdir(), 'sallyport-socket-'));
  for (const name of readdirSync(folder).filter((one) => one.endsWith('.ts') && !one.endsWith('.test.ts'))) {
    cpSync(join(folder, name), join(project, 'socket', name));
  }
  const [, example] = /```ts\n([\s\S]*?)```/.exec(readFileSync(join(folder, 'README.md'), 'utf8')) ?? [];
  writeFileSync(join(project, 'example.ts'), example ?? '');
  writeFileSync(join(project, 'sign-in.ts'), "export const accessToken = async () => 'a.b.c';\n");
  const compilerOptions = {
    target: 'es2023',
    lib: ['es2023', 'dom', 'dom.iterable'],
    module: 'esnext',
    moduleResolution: 'bundler',
    strict: true,
    noEmit: true,
    // No package but React, for use-socket.ts.
    types: [],
    paths: { react: [join(root, 'node_modules/@types/react')] },
  };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions, include: ['.'] }));
  return project;
}

/** Returns the errors of the compiler, "" if there are none. */
function compile(project: string): string {
  const tsc = join(root, 'node_modules/typescript/bin/tsc');
  return spawnSync(process.execPath, [tsc, '-p', project], { encoding: 'utf8' }).stdout;
}

/** Returns the address of the example as one module, which includes the files of the socket. */
async function bundle(project: string): Promise<string> {
  const input = join(project, 'example.ts');
  const built = await build({
    configFile: false,
    root: project,
    logLevel: 'error',
    build: {
      write: false,
      minify: false,
      target: 'es2023',
      rolldownOptions: { input, preserveEntrySignatures: 'strict' },
    },
  });
  const [output] = [built].flat();
  const code = output && 'output' in output ? output.output[0].code : '';
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

it('the example of README.md compiles in its own project, connects with a ticket and receives', async () => {
  const project = copyExample();
  try {
    expect(compile(project)).toBe('');
    const made = mockWebSocket();
    const fetched = vi.fn(async (..._: Parameters<typeof fetch>) =>
      Response.json({ type: 'ticket', data: { ticket: 'T1', tokenExpires: 4_000_000_000 } }, { status: 201 }),
    );
    vi.stubGlobal('fetch', fetched);
    const logged = vi.spyOn(console, 'log').mockImplementation(() => {});
    const { socket } = await import(/* @vite-ignore */ await bundle(project));
    await vi.waitFor(() => expect(made).toHaveLength(1), { timeout: 60_000 });
    const server = newest(made);
    expect(fetched.mock.calls[0]?.[0]).toBe('https://abc.execute-api.eu-west-1.amazonaws.com/tickets');
    expect(fetched.mock.calls[0]?.[1]).toMatchObject({ method: 'POST', headers: { authorization: 'Bearer a.b.c' } });
    server.accept('sallyport.v1');
    const { trace } = socket.snapshot();
    expect(server.protocols).toEqual(['sallyport.v1', 'ticket.T1', `trace.${trace}`]);
    expect(fetched.mock.calls[0]?.[1]?.headers).toHaveProperty('traceparent', expect.stringContaining(`00-${trace}-`));
    expect(server.sent).toEqual(['{"action": "whoami"}']);
    server.deliver('{"type":"whoami","data":{"user":"alice"}}');
    expect(logged).toHaveBeenCalledExactlyOnceWith('whoami', { user: 'alice' });
    expect(socket.snapshot()).toMatchObject({ state: 'open', expires: 4_000_000_000_000 });
    socket.disconnect();
  } finally {
    rmSync(project, { recursive: true });
  }
});

it('imports nothing from outside the folder but React, in one file', () => {
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'));
  const outside = files.flatMap((name) =>
    [...readFileSync(join(folder, name), 'utf8').matchAll(/\b(?:from|import)\s*\(?\s*'([^']+)'/g)]
      .map(([, path]) => `${name} ${path}`)
      .filter((line) => !/ \.\/[\w-]+$/.test(line)),
  );
  expect(outside).toEqual(['use-socket.ts react']);
});
