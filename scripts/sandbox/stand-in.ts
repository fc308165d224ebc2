import type { AutoScalingGroups } from './auto-scaling.ts';
import type { SignalledStacks } from './cloudformation.ts';
import type { MetricStore } from './cloudwatch/cloudwatch.ts';
import type { AddressBook } from './ec2-addresses.ts';
import type { ImageShelf } from './ec2-images.ts';
import type { VolumeRack } from './ec2-volumes.ts';
import type { Faults } from './faults.ts';
import type { InstanceOptions, SandboxInstance } from './imds/instance.ts';
import type { LogStore } from './logs/log-store.ts';
import type { RequestLog } from './request-log.ts';
import type { Bucket, StoredObject } from './s3/bucket.ts';
import type { ParameterStore } from './secrets/parameter-store.ts';
import type { SecretStore } from './secrets/secret-store.ts';

export interface BucketOptions {
  readonly name: string;
  readonly region: string;
  /** A 12-digit account. Default: the sandbox's. */
  readonly owner?: string;
}

/**
 * A stand-in for the AWS that Landfall talks to, in memory and on loopback: IMDSv2 per instance, S3, CloudWatch and
 * secrets per region, EC2 tags, addresses and volumes. Strict where AWS is strict. What it was asked is in `requests`, what shall go wrong in `faults`.
 */
export interface Sandbox {
  /** One endpoint for all services and regions, for `AWS_ENDPOINT_URL`. */
  readonly url: string;
  readonly requests: RequestLog;
  readonly faults: Faults;
  readonly metrics: MetricStore;
  readonly logs: LogStore;
  readonly parameters: ParameterStore;
  readonly secrets: SecretStore;
  readonly addresses: AddressBook;
  readonly volumes: VolumeRack;
  readonly images: ImageShelf;
  readonly groups: AutoScalingGroups;
  readonly stacks: SignalledStacks;
  readonly instances: ReadonlyMap<string, SandboxInstance>;
  readonly buckets: ReadonlyMap<string, Bucket>;
  addInstance(options: InstanceOptions): Promise<SandboxInstance>;
  /** Throws when the name is taken. */
  addBucket(options: BucketOptions): Bucket;
  /** Throws when there is no such bucket, as do the next two. */
  putObject(bucket: string, key: string, body: string | Uint8Array): StoredObject;
  getObject(bucket: string, key: string): StoredObject | undefined;
  deleteObject(bucket: string, key: string): void;
  /** Cuts every connection, hanging ones too, and frees the ports. */
  close(): Promise<void>;
}
