// Fails when the scripts that dist/index.html loads are larger than the
// budget, gzipped, or when its styles are in the wrong order. Run it after a
// build: npm run size
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const budget = 95_000;
const dist = new URL('dist/', import.meta.url);
const html = readFileSync(new URL('index.html', dist), 'utf8');

// The stylesheet that the page loads first must declare the order of the layers.
const [, styles] = /href="\/(assets\/[^"]+\.css)"/.exec(html) ?? [];
if (!styles || !readFileSync(new URL(styles, dist), 'utf8').startsWith('@layer tokens')) {
  process.stderr.write(
    `the first stylesheet of dist/index.html, ${styles}, does not begin with the order of the layers\n`,
  );
  process.exitCode = 1;
}

let total = 0;
for (const [, path] of html.matchAll(/(?:src|href)="\/(assets\/[^"]+\.js)"/g)) {
  const size = gzipSync(readFileSync(new URL(path, dist)), { level: 9 }).length;
  process.stdout.write(`${path} ${size} bytes gzipped\n`);
  total += size;
}
process.stdout.write(`initial script ${total} of ${budget} bytes\n`);
if (total === 0 || total > budget) {
  process.stderr.write(total === 0 ? 'no script found in dist/index.html\n' : 'initial script is over its budget\n');
  process.exitCode = 1;
}
