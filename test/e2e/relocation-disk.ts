import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InstanceOptions } from '../../scripts/sandbox/imds/instance.ts';
import type { AwsStage } from './aws-stage.ts';
import { Citizen, newBase, type Home } from './citizen.ts';
import { SOURCE } from './payroll.ts';
import { bucketOf, CANARY, NEW, OLD, publishTo, SECRETS, type HomeRegion } from './relocation-payroll.ts';
import { openWire, type Wire } from './relocation-wire.ts';

/** How the life on a disk ended before the disk was copied. */
export type Ending = 'stopped' | 'kill -9 while a change is being applied';

/** AWS as on its first day: a bucket and secrets in both regions, nothing published, nothing asked. */
export async function renew(stage: AwsStage): Promise<void> {
  const { sandbox } = stage;
  // moto lives as long as its suite: its way to forget.
  if (stage.url !== sandbox.url) await fetch(`${stage.url}/moto-api/reset`, { method: 'POST' });
  for (const bucket of sandbox.buckets.values()) for (const { key } of bucket.sorted()) bucket.delete(key);
  for (const region of [OLD, NEW] as const) {
    const bucket = bucketOf(region);
    if (!sandbox.buckets.has(bucket)) await stage.addBucket(bucket, region);
    sandbox.parameters.put(region, '/payroll/password', SECRETS['/payroll/password'](region));
    sandbox.secrets.put(region, 'payroll/api', SECRETS['payroll/api'](region));
  }
  sandbox.faults.clear();
  sandbox.requests.clear();
}

/** A disk that can be copied: state, run and rendered files lie at the same paths in each copy, as on a real image. */
export class Disk implements Disposable {
  readonly base = newBase();
  readonly #image = mkdtempSync(join(tmpdir(), 'landfall-image-'));

  constructor() {
    mkdirSync(join(this.base, 'srv'));
  }

  get rendered(): string {
    return join(this.base, 'etc/payroll');
  }

  take(): void {
    execFileSync('cp', ['-a', `${this.base}/.`, this.#image]);
  }

  /** As it was when it was taken, whatever has happened on it since. */
  restore(): void {
    rmSync(this.base, { recursive: true, force: true });
    mkdirSync(this.base);
    execFileSync('cp', ['-a', `${this.#image}/.`, this.base]);
  }

  [Symbol.dispose](): void {
    for (const folder of [this.base, this.#image]) rmSync(folder, { recursive: true, force: true });
  }
}

export interface Inhabitant extends AsyncDisposable {
  readonly citizen: Citizen;
  /** All it sent to AWS, oldest first. */
  readonly sent: () => readonly (readonly [request: string, bytes: string])[];
}

export interface Inhabiting extends Partial<Home> {
  /** In place of the stage. */
  readonly aws?: string;
  readonly instance?: Partial<InstanceOptions>;
}

/** An agent on the disk, as a new instance of `region` unless `imdsUrl` says whose it is. Secrets are those of the sandbox on each stage. */
export async function inhabit(
  disk: Disk,
  stage: AwsStage,
  region: HomeRegion,
  { aws = stage.url, instance, ...home }: Inhabiting = {},
): Promise<Inhabitant> {
  const imdsUrl = home.imdsUrl ?? (await launch());
  const wires: readonly [Wire, Wire] = [await openWire(aws), await openWire(stage.sandbox.url)];
  const env = {
    ...home.env,
    AWS_ENDPOINT_URL_SSM: wires[1].url,
    AWS_ENDPOINT_URL_SECRETS_MANAGER: wires[1].url,
  };
  const citizen = new Citizen({
    source: SOURCE,
    base: disk.base,
    imdsUrl,
    awsUrl: wires[0].url,
    ...home,
    env,
  });
  return {
    citizen,
    sent: () =>
      wires.flatMap(({ sent }) => sent.map((request) => [request.split('\n', 1)[0] ?? '', request])),
    async [Symbol.asyncDispose]() {
      await citizen.kill();
      for (const wire of wires) await wire[Symbol.asyncDispose]();
    },
  };

  async function launch(): Promise<string> {
    const wanted = { region, tags: { role: 'web', environment: 'prod' } };
    if (!instance) return (await stage.launch(wanted)).imdsUrl;
    return (await stage.sandbox.addInstance({ ...wanted, ...instance })).imdsUrl;
  }
}

/**
 * A life in Virginia, and its end: rendered, cached, with an override, an API token, a candidate that was refused and
 * secrets. The disk is taken as it lies there.
 */
export async function liveInVirginia(disk: Disk, stage: AwsStage, ending: Ending): Promise<void> {
  await renew(stage);
  await publishTo(stage, OLD, disk.base, { candidate: true });
  await using inhabitant = await inhabit(disk, stage, OLD);
  const { citizen } = inhabitant;
  await citizen.ready();
  await citizen.settles();
  const set = ['set', 'log.level', CANARY[OLD], '--for', '1h', '--reason', `${OLD} ${CANARY[OLD]}`];
  const { code, stderr } = await citizen.cli(...set);
  if (code !== 0) throw new Error(stderr);
  if (ending === 'stopped') await citizen.agent.stop();
  else await dieWhileApplying(citizen, disk);
  disk.take();
}

/** The reload of a change takes long enough to be killed in: journal, snapshots and the new files lie there. */
export async function dieWhileApplying(citizen: Citizen, disk: Disk): Promise<void> {
  writeFileSync(join(disk.base, 'srv/slow'), '');
  const change = ['set', 'queue', `changed-${CANARY[OLD]}`, '--for', '1h', '--reason', 'half'];
  const order = citizen.cli(...change);
  await citizen.until('/v1/status', () => rendersChange(disk));
  await citizen.kill();
  await order;
  rmSync(join(disk.base, 'srv/slow'));
}

function rendersChange(disk: Disk): boolean {
  return readFileSync(join(disk.rendered, 'app.conf'), 'utf8').includes('changed-');
}
