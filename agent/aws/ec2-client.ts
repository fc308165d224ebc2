/**
 * The only module that imports the EC2 SDK, and just these two names of it: half a megabyte that is loaded when instance
 * tags are not in the metadata service, and not at all otherwise. It imports nothing of ours: the executable carries it as
 * an asset of its own (scripts/build/sea-assets.ts), and a second copy of our classes would not be `instanceof` the first.
 */
export { DescribeTagsCommand, EC2Client } from '@aws-sdk/client-ec2';
