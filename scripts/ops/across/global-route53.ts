import { Route53Client } from '@aws-sdk/client-route-53';
import { regionFacts, regionsNamedBy } from '#config-service';
import { createAgents } from '#agent/aws/agents.ts';
import { pinnedClientConfig } from '#agent/aws/client-config.ts';
import { createCredentialSource } from '#agent/aws/credentials.ts';
import { resolveEndpoint, type Endpoint } from '#agent/aws/endpoint.ts';
import { silentLogger } from '#kit/logger.ts';
import { usage, valueOf } from '../options.ts';
import { pinOf, type ClientContext } from '../site/regional-s3.ts';

/**
 * Route 53 is one service for all regions of a partition, with one host, and is signed for one region (AWS General Reference,
 * "Route 53 endpoints"). It is the only call that leaves the two regions of a runbook.
 */
const PLACES: Readonly<Record<string, readonly [region: string, host: string]>> = {
  aws: ['us-east-1', 'route53.amazonaws.com'],
  'aws-cn': ['cn-northwest-1', 'route53.amazonaws.com.cn'],
  'aws-us-gov': ['us-gov-west-1', 'route53.us-gov.amazonaws.com'],
};

/** `import()` this file where it is wanted. @param region any of the partition. @throws LandfallError `LF_USAGE`, `LF_ENDPOINT_FOREIGN`. */
export function createRoute53(region: string, context: ClientContext): Route53Client {
  const place = PLACES[regionFacts(region)?.partition ?? ''];
  if (!place)
    throw usage(region, 'its partition has no Route 53 that is known here', 'Move the name by hand.');
  const [signedFor, host] = place;
  const { env, clock, random, loadCredentials } = context;
  const pin = pinOf(signedFor);
  const resolved = valueOf(resolveEndpoint('route53', pin, env, regionsNamedBy));
  // To the guard its one host is what an endpoint of the environment is: exactly this and no other.
  const endpoint: Endpoint = resolved.overridden
    ? resolved
    : { url: new URL(`https://${host}`), overridden: true };
  const agents = valueOf(createAgents({ env }));
  const load = () => loadCredentials(signedFor);
  const credentials = createCredentialSource({ load, clock, random, logger: silentLogger });
  const limits = { connectMs: 10_000, firstByteMs: 30_000, totalMs: 120_000 };
  return new Route53Client({
    ...pinnedClientConfig({ pin, endpoint, credentials, agents, limits }),
    maxAttempts: 1,
  });
}
