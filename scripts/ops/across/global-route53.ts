import { Route53Client } from '@aws-sdk/client-route-53';
import { regionFacts, regionsNamedBy } from '#config-service';
import { createConnectionPools } from '#agent/aws/connection-pools.ts';
import { pinnedClientConfig } from '../site/client-config.ts';
import { createCredentialSource } from '#agent/aws/credentials.ts';
import { resolveEndpoint, type Endpoint } from '#agent/aws/endpoint.ts';
import { silentLogger } from '#kit/logger.ts';
import { usage, valueOf } from '../console/options.ts';
import { pinOf, type ClientContext } from '../site/regional-s3.ts';

/**
 * Route 53 is one service for all regions of a partition, with one host, and is signed for one region (AWS General Reference,
 * "Route 53 endpoints"). It is the only call that leaves the two regions of a runbook.
 */
const PLACES: Readonly<Record<string, Place>> = {
  aws: {
    region: 'us-east-1',
    plain: 'route53.amazonaws.com',
    fips: 'route53-fips.amazonaws.com',
    dualStack: 'route53.global.api.aws',
    both: 'route53-fips.global.api.aws',
  },
  'aws-cn': {
    region: 'cn-northwest-1',
    plain: 'route53.amazonaws.com.cn',
    fips: 'route53-fips.amazonaws.com.cn',
    dualStack: 'route53.global.api.amazonwebservices.com.cn',
    both: 'route53-fips.api.amazonwebservices.com.cn',
  },
  'aws-us-gov': {
    region: 'us-gov-west-1',
    plain: 'route53.us-gov.amazonaws.com',
    fips: 'route53.us-gov.amazonaws.com',
    dualStack: 'route53.us-gov.api.aws',
    both: 'route53.us-gov.api.aws',
  },
};

/** The region that calls are signed for, and the hosts by what `AWS_USE_FIPS_ENDPOINT` and `AWS_USE_DUALSTACK_ENDPOINT` ask for. */
interface Place {
  readonly region: string;
  readonly plain: string;
  readonly fips: string;
  readonly dualStack: string;
  readonly both: string;
}

/** `import()` this file where it is wanted. @param region any of the partition. @throws LandfallError `LF_USAGE`, `LF_ENDPOINT_FOREIGN`. */
export function createRoute53(region: string, context: ClientContext): Route53Client {
  const place = PLACES[regionFacts(region)?.partition ?? ''];
  if (!place)
    throw usage(region, 'its partition has no Route 53 that is known here', 'Move the name by hand.');
  const { region: signedFor } = place;
  const { env, clock, random, loadCredentials } = context;
  const pin = pinOf(signedFor);
  const resolved = valueOf(resolveEndpoint('route53', pin, env, regionsNamedBy));
  // To the guard its one host is what an endpoint of the environment is: exactly this and no other.
  const endpoint: Endpoint = resolved.overridden
    ? resolved
    : { url: new URL(`https://${hostAt(place, resolved.stack)}`), overridden: true };
  const agents = valueOf(createConnectionPools({ env }));
  const load = () => loadCredentials(signedFor);
  const credentials = createCredentialSource({ load, clock, random, logger: silentLogger });
  const limits = { connectMs: 10_000, firstByteMs: 30_000, totalMs: 120_000 };
  return new Route53Client({
    ...pinnedClientConfig({ pin, endpoint, credentials, agents, limits }),
    maxAttempts: 1,
  });
}

function hostAt(place: Place, stack: Endpoint['stack']): string {
  if (stack?.fips && stack.dualStack) return place.both;
  if (stack?.fips) return place.fips;
  return stack?.dualStack ? place.dualStack : place.plain;
}
