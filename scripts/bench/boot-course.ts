import { EC2Client, RunInstancesCommand } from '@aws-sdk/client-ec2';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { sha256Hex } from '../../config-service/release/digest.ts';
import { objectKey, type Release } from '../../config-service/release/manifest.ts';
import { printPointer } from '../../config-service/release/pointer.ts';
import { startSandbox, type Sandbox } from '#scripts/sandbox/sandbox.ts';
import type { Moto } from './moto.ts';

/** What both contenders start from: one instance, one bucket, three layers. */
export interface BootCourse extends AsyncDisposable {
  readonly imdsUrl: string;
  readonly awsUrl: string;
  readonly bucket: string;
  readonly prefix: string;
}

const REGION = 'eu-west-1';
const BUCKET = `payroll-config-${REGION}`;
const PREFIX = 'payroll';
const TAGS = { role: 'web', environment: 'prod' };

/** Plain `key=value` lines, which `cat` and Landfall read alike. One object a layer: each more would slow the script alone. */
const LAYERS: readonly { readonly layer: string; readonly path: string; readonly text: string }[] = [
  { layer: 'base', path: 'app.properties', text: propertiesText('base', 50) },
  { layer: 'role/web', path: 'role.properties', text: propertiesText('web', 10) },
  { layer: 'environment/prod', path: 'environment.properties', text: propertiesText('prod', 5) },
];

/**
 * The built-in sandbox for everything, with a release for Landfall beside the tree that the script copies. Tags are not in
 * the metadata, as is EC2's default, so both have to ask EC2 for them.
 */
export async function releaseCourse(): Promise<BootCourse> {
  const sandbox = await startSandbox();
  const instance = await sandbox.addInstance({ region: REGION, tags: TAGS, tagsInMetadata: false });
  sandbox.addBucket({ name: BUCKET, region: REGION });
  const put = (key: string, text: string): void => void sandbox.putObject(BUCKET, `${PREFIX}/${key}`, text);
  for (const { layer, path, text } of LAYERS) {
    put(`${layer}/${path}`, text);
    put(objectKey(layer, sha256Hex(text)), text);
  }
  put('current.json', printPointer({ region: REGION, stable: release() }));
  return courseOf(sandbox, instance.imdsUrl, sandbox.url);
}

/** S3 and EC2 of moto, the metadata service of the sandbox, for moto has none; a tree for both. */
export async function treeCourse(moto: Moto): Promise<BootCourse> {
  const instanceId = await seedMoto(moto);
  const sandbox = await startSandbox();
  const instance = await sandbox.addInstance({
    region: REGION,
    instanceId,
    tags: TAGS,
    tagsInMetadata: false,
  });
  return courseOf(sandbox, instance.imdsUrl, moto.url);
}

function courseOf(sandbox: Sandbox, imdsUrl: string, awsUrl: string): BootCourse {
  return { imdsUrl, awsUrl, bucket: BUCKET, prefix: PREFIX, [Symbol.asyncDispose]: () => sandbox.close() };
}

function release(): Release {
  const files = LAYERS.map(({ layer, path, text }) => {
    const file = { path, sha256: sha256Hex(text), size: Buffer.byteLength(text) };
    return [layer, [file]] as const;
  });
  return { id: '20261121T000000Z-bench', createdAt: '2026-11-21T00:00:00Z', layers: new Map(files) };
}

/** Fills the bucket and launches the instance, whose id moto chooses. */
async function seedMoto({ url }: Moto): Promise<string> {
  const common = {
    endpoint: url,
    region: REGION,
    credentials: { accessKeyId: 'x', secretAccessKey: 'x' },
  } as const;
  const s3 = new S3Client({ ...common, forcePathStyle: true });
  await s3.send(
    new CreateBucketCommand({ Bucket: BUCKET, CreateBucketConfiguration: { LocationConstraint: REGION } }),
  );
  for (const { layer, path, text } of LAYERS) {
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: `${PREFIX}/${layer}/${path}`, Body: text }));
  }
  const Tags = Object.entries(TAGS).map(([Key, Value]) => ({ Key, Value }));
  const launched = await new EC2Client(common).send(
    new RunInstancesCommand({
      ImageId: 'ami-12c6146b',
      MinCount: 1,
      MaxCount: 1,
      TagSpecifications: [{ ResourceType: 'instance', Tags }],
    }),
  );
  const instanceId = launched.Instances?.[0]?.InstanceId;
  if (instanceId === undefined) throw new Error('moto launched no instance');
  return instanceId;
}

function propertiesText(value: string, keys: number): string {
  return Array.from({ length: keys }, (_, index) => `service.setting${index}=${value} ${index}\n`).join('');
}
