/// <reference types="node" />
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';

const root = process.cwd(); // the folder frontend
const folder = join(root, 'src/channels');

it('the example of README.md compiles with the files that it names, in its own project', () => {
  const project = mkdtempSync(join(tmpdir(), 'sallyport-channels-'));
  try {
    for (const name of ['client.ts', 'use-channel.ts']) {
      cpSync(join(folder, name), join(project, 'channels', name));
    }
    symlinkSync(join(root, 'node_modules'), join(project, 'node_modules'));
    const [, example] = /```tsx\n([\s\S]*?)```/.exec(readFileSync(join(folder, 'README.md'), 'utf8')) ?? [];
    writeFileSync(join(project, 'example.tsx'), example ?? '');
    writeFileSync(join(project, 'sign-in.ts'), "export const ticket = async () => 'T1';\n");
    const compilerOptions = { types: [], noEmit: true };
    writeFileSync(
      join(project, 'tsconfig.json'),
      JSON.stringify({ extends: join(root, 'tsconfig.json'), compilerOptions, include: ['.'] }),
    );
    const tsc = join(root, 'node_modules/typescript/bin/tsc');
    expect(example).toContain('useChannel');
    expect(spawnSync(process.execPath, [tsc, '-p', project], { encoding: 'utf8' }).stdout).toBe('');
  } finally {
    rmSync(project, { recursive: true });
  }
});
