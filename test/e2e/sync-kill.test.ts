import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateLaunchTemplateCommand,
  CreateSnapshotCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  DeregisterImageCommand,
  DescribeImageAttributeCommand,
  DescribeImagesCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeSnapshotsCommand,
  EC2Client,
  ModifyImageAttributeCommand,
  RegisterImageCommand,
} from '@aws-sdk/client-ec2';
import {
  CreateDBInstanceCommand,
  CreateDBSnapshotCommand,
  DeleteDBSnapshotCommand,
  DescribeDBSnapshotsCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { afterAll, expect, it } from 'vitest';
import { MOTO_IS_MISSING } from '../support/moto.ts';
import { randomFrom } from '../support/random.ts';
import { openAcrossCloud, type CloudCall } from './across-cloud.ts';
import { SyncProgram } from './sync-program.ts';

/** More, by hand and without a limit in time: LANDFALL_KILLS=200. */
const KILLS = Number(process.env['LANDFALL_KILLS'] ?? 15);
/** What this loop may take of a run of everything. */
const BUDGET_MS = process.env['LANDFALL_KILLS'] === undefined ? 15_000 : Infinity;
const SEED = Number(process.env['LANDFALL_SEED'] ?? 20_262);

const SOURCE = 'us-east-1';
const DESTINATIONS = ['us-west-1', 'eu-west-1'] as const;
const FRIEND = '111122223333';
const LONG_AGO = '20200101000000+0000';

const cloud = await openAcrossCloud();
if (!cloud) console.error(MOTO_IS_MISSING);
const machine = cloud && new SyncProgram(cloud.url, cloud.behind);
afterAll(async () => {
  machine?.[Symbol.dispose]();
  await cloud?.[Symbol.asyncDispose]();
});

it.skipIf(!cloud)(
  'killed with -9 at any instant, the same command leaves one copy of each in each region and nothing of older ones',
  { timeout: 90_000 + KILLS * 30_000 },
  async () => {
    if (!cloud || !machine) return;
    const random = randomFrom(SEED);
    const world = new SyncWorld(cloud.behind);
    await world.open();
    const until = performance.now() + BUDGET_MS;
    let kills = 0;
    for (let round = 0; kills < KILLS && performance.now() < until; round += 1) {
      const thing = await world.make(`k${round}`);
      const config = machine.config(`k${round}`, thing.config);
      const writesBefore = Math.floor(random() * 40);
      const delayMs = random() < 0.5 ? 0 : random() * 40;
      const phase = random() < 0.5 ? 'done' : 'answered';
      const isByTime = random() < 0.3;
      const atMs = 100 + random() * 900;
      const losesAnswers = random() < 0.2;
      const forgets = random() < 0.3;
      const pendingReads = Math.floor(random() * 3);
      const told = JSON.stringify({
        round,
        writesBefore,
        delayMs,
        phase,
        isByTime,
        atMs,
        losesAnswers,
        forgets,
      });

      cloud.rewrite = pendingFirst(pendingReads);
      cloud.trouble = losesAnswers
        ? ({ isWrite }) => (isWrite && random() < 0.2 ? 'cut-after' : undefined)
        : undefined;
      let writes = 0;
      let isOver = false;
      const kill = async (ms: number): Promise<void> => {
        await sleep(ms);
        if (!isOver) machine.kill();
      };
      if (!isByTime)
        cloud.onWrite = (_, now) => {
          if (now === phase && writes++ === writesBefore) void kill(delayMs);
        };
      const running = machine.run(config, '--json', '--wait');
      if (isByTime) void kill(atMs);
      const killed = await running;
      isOver = true;
      cloud.onWrite = undefined;
      cloud.trouble = undefined;
      if (killed.code === null) kills += 1;
      if (forgets) machine.forget();

      const again = await machine.run(config, '--json', '--wait');
      cloud.rewrite = undefined;
      expect(again.code, `${told} ${again.err}`).toBe(0);
      for (const region of DESTINATIONS) {
        const there = await thing.in(region);
        const wanted = {
          images: [thing.image],
          friends: [FRIEND],
          imageSnapshots: 1,
          volumeSnapshots: [thing.snapshot],
          // Who copied a database is told by the journal alone: another machine does not retire what it did not copy.
          // A default that is not the copy is a rollback to a machine that knows of no kill.
          template: forgets ? (expect.anything() as unknown) : ['ami-00000000000000001', 'the copy, default'],
          databases: forgets ? expect.arrayContaining([thing.database]) : [thing.database],
        };
        expect(there, `${told} ${region}`).toEqual(wanted);
      }
      if (random() < 0.3) {
        const plan = await machine.run(config, '--json', '--plan');
        expect(plan.code, `${told} ${plan.out}`).toBe(0);
      }
      await thing.remove();
    }
    expect(kills).toBeGreaterThan(0);
    console.log(`sync: ${kills} kills`);
  },
);

/** EC2 shows a copy as pending at first; moto has it ready at once. */
function pendingFirst(reads: number): (call: CloudCall, body: string) => string {
  const seen = new Map<string, number>();
  return ({ action, region, form }, body) => {
    if (region === SOURCE) return body;
    if (action !== 'DescribeImages' && action !== 'DescribeSnapshots') return body;
    const id = form.get('ImageId.1') ?? form.get('SnapshotId.1');
    if (id === null) return body;
    const count = seen.get(id) ?? 0;
    seen.set(id, count + 1);
    if (count >= reads) return body;
    return body
      .replaceAll('<imageState>available<', '<imageState>pending<')
      .replaceAll('<status>completed<', '<status>pending<');
  };
}

/** What there is to copy, with copies of older ones that have to go. */
class SyncWorld {
  readonly #url: string;
  readonly #ec2 = new Map<string, EC2Client>();
  readonly #rds = new Map<string, RDSClient>();

  constructor(url: string) {
    this.#url = url;
  }

  ec2(region: string): EC2Client {
    const there = this.#ec2.get(region) ?? new EC2Client(this.#config(region));
    this.#ec2.set(region, there);
    return there;
  }

  rds(region: string): RDSClient {
    const there = this.#rds.get(region) ?? new RDSClient(this.#config(region));
    this.#rds.set(region, there);
    return there;
  }

  #config(region: string) {
    return { region, endpoint: this.#url, credentials: { accessKeyId: 'x', secretAccessKey: 'x' } };
  }

  /** moto makes the one automated snapshot of an instance with it, and a manual one only of an instance that is there. */
  async open(): Promise<void> {
    for (const region of [SOURCE, ...DESTINATIONS])
      await this.rds(region).send(
        new CreateDBInstanceCommand({
          DBInstanceIdentifier: 'ledger',
          DBInstanceClass: 'db.t3.micro',
          Engine: 'postgres',
          AllocatedStorage: 20,
          MasterUsername: 'u',
          MasterUserPassword: 'secret-99',
        }),
      );
  }

  async make(name: string) {
    const from = this.ec2(SOURCE);
    const image = await this.#image(SOURCE, `${name}-new`, { app: name });
    await from.send(
      new ModifyImageAttributeCommand({ ImageId: image, LaunchPermission: { Add: [{ UserId: FRIEND }] } }),
    );
    const { VolumeId: volume = '' } = await from.send(
      new CreateVolumeCommand({ AvailabilityZone: `${SOURCE}a`, Size: 1 }),
    );
    const { SnapshotId: snapshot = '' } = await from.send(new CreateSnapshotCommand({ VolumeId: volume }));
    const automated = new DescribeDBSnapshotsCommand({
      DBInstanceIdentifier: 'ledger',
      SnapshotType: 'automated',
    });
    const [newest] = (await this.rds(SOURCE).send(automated)).DBSnapshots ?? [];
    const database = (newest?.DBSnapshotIdentifier ?? '').replaceAll(':', '-');
    for (const region of DESTINATIONS) await this.#layOld(region, name, volume);
    const common = `source_region: ${SOURCE}, destination_regions: [${DESTINATIONS.join(', ')}]`;
    const config = [
      `sync_ami_${name}: {sync_type: ec2_ami, ${common}, filters: ['tag:app=${name}'], max_images_to_retain: 0, launch_template: ${name}, map_file: map.json}`,
      `sync_ebs_${name}: {sync_type: ebs_snapshot, ${common}, volume_id: ${volume}, max_snapshots_to_retain: 0}`,
      `sync_rds_${name}: {sync_type: rds_automated_snapshot, ${common}, db_instance: ledger, max_snapshots_to_retain: 0}`,
    ].join('\n');
    return {
      image: `${name}-new`,
      snapshot,
      database,
      config,
      in: (region: string) => this.#there(region, name),
      remove: async () => {
        for (const region of DESTINATIONS)
          for (const { DBSnapshotIdentifier } of await this.#databases(region))
            await this.rds(region).send(new DeleteDBSnapshotCommand({ DBSnapshotIdentifier }));
        await from.send(new DeregisterImageCommand({ ImageId: image }));
      },
    };
  }

  async #image(region: string, name: string, tags: Readonly<Record<string, string>>): Promise<string> {
    const { ImageId = '' } = await this.ec2(region).send(new RegisterImageCommand({ Name: name }));
    const { Images = [] } = await this.ec2(region).send(new DescribeImagesCommand({ ImageIds: [ImageId] }));
    const Resources = [ImageId, Images[0]?.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId ?? ''];
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    await this.ec2(region).send(new CreateTagsCommand({ Resources, Tags }));
    return ImageId;
  }

  /** Older copies, as an earlier run left them. */
  async #layOld(region: string, name: string, volume: string): Promise<void> {
    const back = `Sync-From-${SOURCE}`;
    await this.ec2(region).send(
      new CreateLaunchTemplateCommand({
        LaunchTemplateName: name,
        LaunchTemplateData: { ImageId: 'ami-00000000000000001' },
      }),
    );
    await this.#image(region, `${name}-old`, {
      [back]: `${LONG_AGO} / ami-0000000000000old0`,
      'Sync-Job': `sync_ami_${name}`,
    });
    const { VolumeId } = await this.ec2(region).send(
      new CreateVolumeCommand({ AvailabilityZone: `${region}a`, Size: 1 }),
    );
    const tags = {
      [back]: `${LONG_AGO} / snap-0000000000000old`,
      'Sync-Job': `sync_ebs_${name}`,
      'Sync-Volume': volume,
    };
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    await this.ec2(region).send(
      new CreateSnapshotCommand({ VolumeId, TagSpecifications: [{ ResourceType: 'snapshot', Tags }] }),
    );
    await this.rds(region).send(
      new CreateDBSnapshotCommand({
        DBInstanceIdentifier: 'ledger',
        DBSnapshotIdentifier: `old-${name}`,
        Tags: [{ Key: back, Value: `${LONG_AGO} / rds:old-${name}` }],
      }),
    );
  }

  async #databases(region: string) {
    const asked = new DescribeDBSnapshotsCommand({
      DBInstanceIdentifier: 'ledger',
      SnapshotType: 'manual',
    });
    return (await this.rds(region).send(asked)).DBSnapshots ?? [];
  }

  async #snapshots(region: string, job: string) {
    const asked = { OwnerIds: ['self'], Filters: [{ Name: 'tag:Sync-Job', Values: [job] }] };
    return (await this.ec2(region).send(new DescribeSnapshotsCommand(asked))).Snapshots ?? [];
  }

  async #template(region: string, name: string, copy: string | undefined) {
    const asked = new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateName: name });
    const { LaunchTemplateVersions = [] } = await this.ec2(region).send(asked);
    return LaunchTemplateVersions.map(({ LaunchTemplateData, DefaultVersion }) => {
      const image = LaunchTemplateData?.ImageId === copy ? 'the copy' : LaunchTemplateData?.ImageId;
      return DefaultVersion === true ? `${image}, default` : image;
    });
  }

  /** Of this round, in one destination. */
  async #there(region: string, name: string) {
    const asked = { Owners: ['self'], Filters: [{ Name: 'tag:Sync-Job', Values: [`sync_ami_${name}`] }] };
    const { Images = [] } = await this.ec2(region).send(new DescribeImagesCommand(asked));
    const id = Images[0]?.ImageId;
    const shared = new DescribeImageAttributeCommand({ ImageId: id, Attribute: 'launchPermission' });
    const { LaunchPermissions = [] } = await this.ec2(region).send(shared);
    const copied = await this.#snapshots(region, `sync_ebs_${name}`);
    return {
      images: Images.map(({ Name }) => Name),
      friends: LaunchPermissions.map(({ UserId }) => UserId),
      imageSnapshots: (await this.#snapshots(region, `sync_ami_${name}`)).length,
      volumeSnapshots: copied.map(
        ({ Tags = [] }) => Tags.find(({ Key }) => Key === `Sync-From-${SOURCE}`)?.Value?.split(' / ')[1],
      ),
      template: await this.#template(region, name, id),
      databases: (await this.#databases(region)).map(({ DBSnapshotIdentifier }) => DBSnapshotIdentifier),
    };
  }
}
