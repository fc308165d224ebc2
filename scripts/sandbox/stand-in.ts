import type { AutoScalingGroups } from './signals/auto-scaling.ts';
import type { SignalledStacks } from './signals/cloudformation.ts';
import type { AlarmShelf } from './cloudwatch/alarms.ts';
import type { MetricStore } from './cloudwatch/cloudwatch.ts';
import type { ElasticIps } from './ec2/elastic-ips.ts';
import type { ImageShelf } from './ec2/ec2-images.ts';
import type { EbsVolumes } from './ec2/ebs-volumes.ts';
import type { Faults } from './wire/faults.ts';
import type { InstanceOptions, SandboxInstance } from './imds/instance.ts';
import type { LogStore } from './logs/log-store.ts';
import type { RequestLog } from './wire/request-log.ts';
import type { Bucket, StoredObject } from './s3/bucket.ts';
import type { ParameterStore } from './secrets/parameter-store.ts';
import type { SecretStore } from './secrets/secret-store.ts';
import type { AppConfigShelf } from './stores/app-config.ts';
import type { TableRack } from './stores/dynamo-db.ts';

export interface BucketOptions {
  readonly name: string;
  readonly region: string;
  /** A 12-digit account. Default: the sandbox's. */
  readonly owner?: string;
}

/**
 * A stand-in for the AWS that Landfall talks to, in memory and on loopback: IMDSv2 per instance, S3, CloudWatch,
 * parameters, secrets, AppConfig and tables per region, EC2 tags, addresses and volumes. Strict where AWS is strict. What it was asked is in `requests`, what shall go wrong in `faults`.
 */
export interface Sandbox {
  /** One endpoint for all services and regions, for `AWS_ENDPOINT_URL`. */
  readonly url: string;
  readonly requests: RequestLog;
  readonly faults: Faults;
  readonly metrics: MetricStore;
  readonly alarms: AlarmShelf;
  readonly logs: LogStore;
  readonly parameters: ParameterStore;
  readonly secrets: SecretStore;
  readonly appConfig: AppConfigShelf;
  readonly tables: TableRack;
  readonly addresses: ElasticIps;
  readonly volumes: EbsVolumes;
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
