import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from '../local';
import type { Issuer } from './issuer';

// The local stack's own issuer, and what its tokens are for.
const address = 'https://sign-in.local.example';

/**
 * Writes the local stack's plan as it would be with this issuer in the
 * configuration: `issuer`, `clientId` console, no `audience`, and the origins of
 * its discovery document allowed. That the program makes such a plan of such a
 * configuration, TestIssuerEndpointsMayBeCalled of package infra proves.
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
