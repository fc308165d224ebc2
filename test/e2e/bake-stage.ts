import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import {
  DescribeImagesCommand,
  DescribeSnapshotsCommand,
  DescribeVolumesCommand,
  EC2Client,
  RegisterImageCommand,
  RunInstancesCommand,
} from '@aws-sdk/client-ec2';
import type { AcrossCloud, CloudCall } from './across-cloud.ts';

const OPS = resolve('dist/landfall-ops');
export const REGION = 'eu-west-1';
const TAG = 'landfall-bake';

export interface BakeDocument {
  readonly state: string;
  readonly image: string | null;
  readonly snapshot: string | null;
  readonly scan: { readonly findings: number; readonly digest: string | null };
  readonly report?: string;
  readonly changes?: string;
  readonly steps?: readonly string[];
  readonly errors: readonly { readonly code: string; readonly message: string }[];
}

export interface BakeRan {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  readonly calls: readonly CloudCall[];
}

/** A base, an instance that builds, a root that somebody mounted, and the built `landfall-ops` before moto. */
export class BakeStage {
  readonly ec2: EC2Client;
  readonly #cloud: AcrossCloud;
  readonly #folder = mkdtempSync(join(tmpdir(), 'landfall-bake-'));
  #worlds = 0;
  child: ChildProcess | undefined;

  constructor(cloud: AcrossCloud) {
    if (!existsSync(OPS)) throw new Error('dist/landfall-ops is missing: run `npm run build` first');
    this.#cloud = cloud;
    const credentials = { accessKeyId: 'x', secretAccessKey: 'x' };
    this.ec2 = new EC2Client({ region: REGION, endpoint: cloud.behind, credentials });
  }

  async world(
    files: Readonly<Record<string, string>> = {},
    script = 'echo baked > made',
  ): Promise<BakeWorld> {
    this.#worlds += 1;
    const folder = join(this.#folder, String(this.#worlds));
    for (const [path, text] of Object.entries({ 'root/etc/os-release': 'ID=tiny\n', ...files })) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    writeFileSync(join(folder, 'payroll.sh'), `${script}\n`);
    const name = `payroll-${this.#worlds}`;
    const { ImageId: base = '' } = await this.ec2.send(new RegisterImageCommand({ Name: `base of ${name}` }));
    const wanted = {
      ImageId: base,
      MinCount: 1,
      MaxCount: 1,
      Placement: { AvailabilityZone: `${REGION}a` },
    };
    const { Instances = [] } = await this.ec2.send(new RunInstancesCommand(wanted));
    return new BakeWorld(this, folder, { name, base, builder: Instances[0]?.InstanceId ?? '' });
  }

  async run(args: readonly string[], folder: string): Promise<BakeRan> {
    const from = this.#cloud.calls.length;
    const child = spawn(OPS, args, { env: this.#env(folder) });
    this.child = child;
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (err += chunk.toString()));
    const code = await new Promise<number | null>((done) => child.once('close', done));
    return { code, out, err, calls: this.#cloud.calls.slice(from) };
  }

  [Symbol.dispose](): void {
    this.ec2.destroy();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #env(folder: string): NodeJS.ProcessEnv {
    return {
      AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE',
      AWS_SECRET_ACCESS_KEY: 'x',
      AWS_ENDPOINT_URL: this.#cloud.url,
      AWS_EC2_METADATA_SERVICE_ENDPOINT: 'http://127.0.0.1:9',
      LANDFALL_OPS_STATE_DIR: join(folder, 'state'),
      HOME: folder,
      PATH: '/usr/bin:/bin',
    };
  }
}

/** One bake that is to be done. */
export class BakeWorld {
  readonly folder: string;
  readonly name: string;
  readonly base: string;
  readonly builder: string;
  readonly #stage: BakeStage;

  constructor(
    stage: BakeStage,
    folder: string,
    { name, base, builder }: { name: string; base: string; builder: string },
  ) {
    this.#stage = stage;
    this.folder = folder;
    this.name = name;
    this.base = base;
    this.builder = builder;
  }

  get root(): string {
    return join(this.folder, 'root');
  }

  args(...more: readonly string[]): readonly string[] {
    const what = ['--region', REGION, '--base', this.base, '--name', this.name];
    const how = ['--provision', join(this.folder, 'payroll.sh'), '--root', this.root];
    return ['bake', ...what, ...how, '--builder', this.builder, '--poll', '30ms', ...more];
  }

  bake(...more: readonly string[]): Promise<BakeRan> {
    return this.#stage.run(this.args('--json', ...more), this.folder);
  }

  /** Of the base, as if it had been made elsewhere. */
  scanImage(...more: readonly string[]): Promise<BakeRan> {
    const where = ['--region', REGION, '--builder', this.builder, '--root', this.root];
    return this.#stage.run(
      ['scan-image', this.base, ...where, '--json', '--poll', '30ms', ...more],
      this.folder,
    );
  }

  async scannedVolumes(): Promise<readonly string[]> {
    const Filters = [{ Name: 'tag:scanned_ami_id', Values: [this.base] }];
    const { Volumes = [] } = await this.#stage.ec2.send(new DescribeVolumesCommand({ Filters }));
    return Volumes.flatMap(({ VolumeId }) => VolumeId ?? []);
  }

  run(args: readonly string[]): Promise<BakeRan> {
    return this.#stage.run(args, this.folder);
  }

  /** As on another machine. */
  forget(): void {
    rmSync(join(this.folder, 'state'), { recursive: true, force: true });
  }

  /** Ids of what is there of it: images, snapshots, volumes. */
  async left(): Promise<{ images: string[]; snapshots: string[]; volumes: string[] }> {
    const { ec2 } = this.#stage;
    const Filters = [{ Name: `tag:base_ami_id`, Values: [this.base] }];
    const tagged = { Filters: [...Filters, { Name: 'tag-key', Values: [TAG] }] };
    const { Images = [] } = await ec2.send(
      new DescribeImagesCommand({ Filters: [{ Name: 'name', Values: [this.name] }] }),
    );
    const { Snapshots = [] } = await ec2.send(new DescribeSnapshotsCommand(tagged));
    const { Volumes = [] } = await ec2.send(new DescribeVolumesCommand(tagged));
    return {
      images: Images.flatMap(({ ImageId }) => ImageId ?? []),
      snapshots: Snapshots.flatMap(({ SnapshotId }) => SnapshotId ?? []),
      volumes: Volumes.flatMap(({ VolumeId }) => VolumeId ?? []),
    };
  }
}

export function documentOf({ out }: BakeRan): BakeDocument {
  return JSON.parse(out) as BakeDocument;
}
