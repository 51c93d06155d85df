import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../local';
import type { Issuer } from './issuer';

// The local stack's own issuer.
const address = 'https://sign-in.local.example';

/**
 * Writes the plan of the local stack for this issuer: `issuer`, `clientId` console, no `audience`, and the allowed origins
 * of its discovery document. TestIssuerEndpointsMayBeCalled of package infra proves that such a configuration results in
 * such a plan.
 */
export function writePlan(issuer: Issuer, file: string): void {
  const text = readFileSync(join(root, 'local/plan.json'), 'utf8')
    .replaceAll(/connect-src [^;]*/g, (list) => list.replace(address, issuer.origins.join(' ')))
    .replaceAll(address, issuer.url)
    .replaceAll('"AUDIENCE": "sallyport"', '"AUDIENCE": "console"')
    .replaceAll('\\"idTokenHint\\":true,', '')
    .replaceAll('\\"audience\\":\\"sallyport\\"', '\\"audience\\":\\"console\\"');
  writeFileSync(file, text);
}
