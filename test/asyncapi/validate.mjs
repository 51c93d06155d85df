// Prints one line for each problem of an AsyncAPI document, and exits with 1 if there is one.
//
// usage: node validate.mjs FILE
import { readFileSync } from 'node:fs';
import { Parser } from '@asyncapi/parser';

// 3.0 is on purpose: it is the version that most tools read.
const ignored = ['asyncapi-latest-version'];

const { document, diagnostics } = await new Parser().parse(readFileSync(process.argv[2], 'utf8'));
const problems = diagnostics.filter(({ code }) => !ignored.includes(code));
for (const { path, code, message } of problems) {
  console.log(`${path.join('.')}: ${code}: ${message}`);
}
process.exitCode = document === undefined || problems.length > 0 ? 1 : 0;
