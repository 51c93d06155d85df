import { execFileSync } from 'node:child_process';
import { binary, root } from './local';

/** Builds the program of the local run, once for all tests. The program builds the function and the page when it starts. */
export default function build(): void {
  const env = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '' };
  execFileSync('go', ['build', '-o', binary, './local'], { cwd: root, env, stdio: 'inherit' });
}
