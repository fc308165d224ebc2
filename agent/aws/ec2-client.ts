import { DescribeTagsCommand, EC2Client } from '@aws-sdk/client-ec2';
import { pinnedClientConfig, type ClientParts } from './client-config.ts';

/**
 * The only module that imports the EC2 SDK, and just these two names of it: half a megabyte that is loaded when instance
 * tags are not in the metadata service, and not at all otherwise.
 */
export function createEc2Client(parts: ClientParts): EC2Client {
  return new EC2Client(pinnedClientConfig(parts));
}

export { DescribeTagsCommand };
