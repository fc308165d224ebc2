import { EC2Client } from '@aws-sdk/client-ec2';
import { pinnedClientConfig } from '../site/client-config.ts';
import type { OperatorService } from '#agent/aws/endpoint.ts';
import { regionalParts, type ClientContext } from '../site/regional-s3.ts';

/**
 * What an SDK client for one region is constructed with: pinned, guarded, with the endpoints of the environment. It asks
 * once: what may be asked again, and for how long, is for `askPatiently` to say. CreateSnapshot and RegisterImage know no
 * client token, and a second try behind our back would make two.
 */
export function regionalConfig(service: OperatorService, region: string, context: ClientContext) {
  return { ...pinnedClientConfig(regionalParts(service, region, context)), maxAttempts: 1 };
}

/** `import()` this file where it is wanted: commands that do not speak to EC2 do not pay for its client. */
export function createRegionalEc2(region: string, context: ClientContext): EC2Client {
  return new EC2Client(regionalConfig('ec2', region, context));
}
