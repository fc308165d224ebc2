import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import type { BucketLocationConstraint } from '@aws-sdk/client-s3';
import { it } from 'vitest';
import type { SandboxInstance } from '../../scripts/sandbox/imds/instance.ts';
import { startSandbox, type Sandbox } from '../../scripts/sandbox/sandbox.ts';
import { motoBackend } from '../contract/backend.ts';
import { MOTO_IS_MISSING, startMoto } from '../support/moto.ts';

export interface Launch {
  readonly region: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly tagsInMetadata?: boolean;
}

/** The AWS that agents of a suite talk to. Metadata is the sandbox's on every stage: moto has no IMDSv2 worth the name. */
export interface AwsStage {
  readonly name: string;
  readonly url: string;
  readonly sandbox: Sandbox;
  addBucket(name: string, region: string): Promise<void>;
  put(bucket: string, region: string, key: string, body: string): Promise<void>;
  /** Known to IMDS, and to DescribeTags under the same id. */
  launch(launch: Launch): Promise<SandboxInstance>;
  close(): Promise<void>;
}

/** How to open each stage this machine can have; says loudly when it cannot have moto. */
export const STAGES: readonly { readonly name: string; readonly open: () => Promise<AwsStage> }[] = [
  { name: 'sandbox', open: openSandbox },
  ...(await motoStages()),
];

async function openSandbox(): Promise<AwsStage> {
  const sandbox = await startSandbox();
  return {
    name: 'sandbox',
    url: sandbox.url,
    sandbox,
    addBucket: async (name, region) => void sandbox.addBucket({ name, region }),
    put: async (bucket, _region, key, body) => void sandbox.putObject(bucket, key, body),
    launch: (launch) => sandbox.addInstance(launch),
    close: () => sandbox.close(),
  };
}

async function motoStages() {
  const moto = await startMoto();
  if (!moto) {
    it('the same against moto', ({ skip }) => skip(MOTO_IS_MISSING));
    return [];
  }
  const open = async (): Promise<AwsStage> => {
    const aws = motoBackend(moto);
    const sandbox = await startSandbox();
    return {
      name: 'moto',
      url: moto.url,
      sandbox,
      async addBucket(Bucket, region) {
        const LocationConstraint = region as BucketLocationConstraint;
        const where = region === 'us-east-1' ? {} : { CreateBucketConfiguration: { LocationConstraint } };
        await aws.s3(region).send(new CreateBucketCommand({ Bucket, ...where }));
      },
      async put(Bucket, region, Key, Body) {
        await aws.s3(region).send(new PutObjectCommand({ Bucket, Key, Body }));
      },
      async launch(launch) {
        const instanceId = await aws.launch(launch.region, launch.tags);
        return sandbox.addInstance({ ...launch, instanceId });
      },
      async close() {
        await sandbox.close();
        await aws.stop();
      },
    };
  };
  return [{ name: 'moto', open }];
}
