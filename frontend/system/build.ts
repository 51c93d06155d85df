import { execFileSync } from 'node:child_process';
import { binary, root } from './local';

/** Builds the local run, once for all tests. What it runs it builds itself when it starts. */
export default function build(): void {
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '' };
  execFileSync('go', ['build', '-o', binary, './local'], { cwd: root, env, stdio: 'inherit' });
}
