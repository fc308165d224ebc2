import { EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import type { BucketLocationConstraint } from '@aws-sdk/client-s3';
import { startSandbox } from '../../scripts/sandbox/sandbox.ts';
import type { Deployed } from '../../scripts/sandbox/stores/app-config.ts';
import type { Moto } from '../support/moto.ts';

/** One AWS to hold the contract against, spoken to by the real SDK. */
export interface Backend {
  readonly name: 'sandbox' | 'moto';
  readonly url: string;
  s3(region: string): S3Client;
  ec2(region: string): EC2Client;
  /** A fresh, empty bucket. */
  bucket(region: string): Promise<string>;
  /** An instance with tags; returns its id. */
  launch(region: string, tags: Readonly<Record<string, string>>): Promise<string>;
  /** Where there is AppConfigData: deploys a profile in Ireland. */
  readonly deploy?: (path: string, deployed: Deployed) => void;
  stop(): Promise<void>;
}

/** A sentence that must hold on every backend. */
export interface ContractCase {
  readonly name: string;
  /** Of what one of them does not have. */
  readonly only?: Backend['name'];
  readonly run: (backend: Backend) => Promise<void>;
}

export async function sandboxBackend(): Promise<Backend> {
  const sandbox = await startSandbox();
  return {
    ...clients(sandbox.url),
    name: 'sandbox',
    launch: async (region, tags) => (await sandbox.addInstance({ region, tags })).instanceId,
    deploy: (path, deployed) => sandbox.appConfig.deploy('eu-west-1', path, deployed),
    stop: () => sandbox.close(),
  };
}

export function motoBackend(moto: Moto): Backend {
  const shared = clients(moto.url);
  return {
    ...shared,
    name: 'moto',
    async launch(region, tags) {
      const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
      const launched = await shared.ec2(region).send(
        new RunInstancesCommand({
          ImageId: 'ami-12c6146b',
          MinCount: 1,
          MaxCount: 1,
          TagSpecifications: [{ ResourceType: 'instance', Tags }],
        }),
      );
      return launched.Instances?.[0]?.InstanceId ?? '';
    },
    stop: () => moto.stop(),
  };
}

function clients(url: string): Pick<Backend, 'url' | 's3' | 'ec2' | 'bucket'> {
  const credentials = { accessKeyId: 'AKIAEXAMPLEEXAMPLE00', secretAccessKey: 'secret' };
  const common = { endpoint: url, credentials, maxAttempts: 1 };
  let made = 0;
  const s3 = (region: string): S3Client => new S3Client({ ...common, region, forcePathStyle: true });
  return {
    url,
    s3,
    ec2: (region) => new EC2Client({ ...common, region }),
    async bucket(region) {
      made += 1;
      const name = `contract-${region}-${made}`;
      const LocationConstraint = region as BucketLocationConstraint;
      const constraint = region === 'us-east-1' ? {} : { CreateBucketConfiguration: { LocationConstraint } };
      await s3(region).send(new CreateBucketCommand({ Bucket: name, ...constraint }));
      return name;
    },
  };
}

/** How a call failed, as a client may see it; fails the case when the call did not. */
export async function failureOf(
  call: Promise<unknown>,
): Promise<{ name: string; status: number | undefined; bucketRegion: string | undefined }> {
  const outcome = await call.then(
    () => undefined,
    (error: unknown) =>
      error as {
        name: string;
        $metadata?: { httpStatusCode?: number };
        $response?: { headers?: Record<string, string> };
      },
  );
  if (!outcome) throw new Error('expected the call to fail, and it succeeded');
  return {
    name: outcome.name,
    status: outcome.$metadata?.httpStatusCode,
    bucketRegion: outcome.$response?.headers?.['x-amz-bucket-region'],
  };
}
