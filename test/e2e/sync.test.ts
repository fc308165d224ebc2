import {
  CreateSnapshotCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  DeregisterImageCommand,
  DescribeImageAttributeCommand,
  DescribeImagesCommand,
  DescribeSnapshotsCommand,
  EC2Client,
  ModifyImageAttributeCommand,
  RegisterImageCommand,
} from '@aws-sdk/client-ec2';
import {
  CreateDBClusterCommand,
  CreateDBClusterSnapshotCommand,
  CreateDBInstanceCommand,
  CreateDBSnapshotCommand,
  DescribeDBClusterSnapshotsCommand,
  DescribeDBSnapshotsCommand,
  RDSClient,
} from '@aws-sdk/client-rds';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MOTO_IS_MISSING } from '../support/moto.ts';
import { openAcrossCloud, type AcrossCloud } from './across-cloud.ts';
import { SyncProgram } from './sync-program.ts';

const SOURCE = 'us-east-1';
const TO = 'us-west-1';
const FRIEND = '111122223333';

const opened = await openAcrossCloud();
if (!opened) console.warn(MOTO_IS_MISSING);

describe.runIf(opened)('landfall-ops sync', () => {
  const cloud = opened as AcrossCloud;
  const machine = new SyncProgram(cloud.url, cloud.behind);
  const keys = { accessKeyId: 'x', secretAccessKey: 'x' };
  const ec2 = (region: string) => new EC2Client({ region, endpoint: cloud.behind, credentials: keys });
  const rds = (region: string) => new RDSClient({ region, endpoint: cloud.behind, credentials: keys });

  beforeAll(() => {
    cloud.trouble = undefined;
  });
  afterAll(async () => {
    machine[Symbol.dispose]();
    await cloud[Symbol.asyncDispose]();
  });

  async function image(name: string, tags: Readonly<Record<string, string>>): Promise<string> {
    const { ImageId = '' } = await ec2(SOURCE).send(
      new RegisterImageCommand({ Name: name, Description: 'by hand' }),
    );
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    await ec2(SOURCE).send(new CreateTagsCommand({ Resources: [ImageId], Tags }));
    const LaunchPermission = { Add: [{ UserId: FRIEND }] };
    await ec2(SOURCE).send(new ModifyImageAttributeCommand({ ImageId, LaunchPermission }));
    return ImageId;
  }

  async function copies(name: string, region = TO) {
    const { Images = [] } = await ec2(region).send(new DescribeImagesCommand({ Owners: ['self'] }));
    return Images.filter((found) => found.Name === name);
  }

  async function tagsAt(region: string, id: string): Promise<Readonly<Record<string, string | undefined>>> {
    const { Images = [] } = await ec2(region).send(new DescribeImagesCommand({ ImageIds: [id] }));
    return Object.fromEntries((Images[0]?.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
  }

  async function friendsOf(id: string) {
    const asked = new DescribeImageAttributeCommand({ ImageId: id, Attribute: 'launchPermission' });
    return (await ec2(TO).send(asked)).LaunchPermissions;
  }

  const imageJob = (name: string, more = ''): string =>
    machine.config(
      name,
      `sync_${name}: {sync_type: ec2_ami, source_region: ${SOURCE}, destination_region: ${TO}, filters: ['tag:app=${name}']${more}}\n`,
    );

  const writes = (from: number) =>
    cloud.calls
      .slice(from)
      .filter(({ isWrite }) => isWrite)
      .map(({ action }) => action);

  it('copies an image with tags and permissions, says so on both sides, and has nothing to do then', async () => {
    const id = await image('whole', { app: 'whole', Équipe: 'données; a=b', 'Sync-eu-central-1': 'x' });
    const config = imageJob('whole');

    let from = cloud.calls.length;
    const plan = await machine.run(config, '--plan', '--json');
    expect(plan).toMatchObject({ code: 10, jobs: [{ sync_required: true, created_resource: null }] });
    expect(writes(from)).toEqual([]);

    const ran = await machine.run(config, '--json', '--wait');
    const [copy] = await copies('whole');
    const made = copy?.ImageId ?? '';
    expect(ran).toMatchObject({
      code: 0,
      jobs: [
        {
          completed: true,
          created_resource: made,
          regions: [{ region: TO, state: 'created', resource: made }],
        },
      ],
    });
    const back = await tagsAt(TO, made);
    const [time] = (back['Sync-From-us-east-1'] ?? '').split(' / ');
    expect(back).toEqual({
      app: 'whole',
      Équipe: 'données; a=b',
      'Sync-From-us-east-1': `${time} / ${id}`,
      'Sync-Job': 'sync_whole',
    });
    expect((await tagsAt(SOURCE, id))['Sync-us-west-1']).toBe(`${time} / ${made}`);
    expect(await friendsOf(made)).toEqual([{ UserId: FRIEND }]);

    from = cloud.calls.length;
    machine.forget();
    expect(await machine.run(config, '--json')).toMatchObject({
      code: 0,
      jobs: [{ created_resource: null }],
    });
    expect(writes(from)).toEqual([]);
    expect(new Set(cloud.calls.slice(from).map(({ region }) => region))).toEqual(new Set([SOURCE, TO]));
  });

  it('copies to each of several destinations, and only to a new one later', async () => {
    await image('several', { app: 'several' });
    const config = imageJob('several', ', destination_regions: [eu-west-1]');
    expect(await machine.run(config, '--json')).toMatchObject({ code: 0 });

    const from = cloud.calls.length;
    const more = await machine.run(
      imageJob('several', ', destination_regions: [eu-west-1, sa-east-1]'),
      '--json',
    );

    expect(more.jobs[0]?.regions.map(({ region, state }) => [region, state])).toEqual([
      [TO, 'in-sync'],
      ['eu-west-1', 'in-sync'],
      ['sa-east-1', 'created'],
    ]);
    expect(writes(from).filter((action) => action === 'CopyImage')).toHaveLength(1);
  });

  it.each(['DescribeImages', 'DescribeSnapshots'])(
    'takes a denied %s for no reason to copy again',
    async (action) => {
      const name = `denied-${action}`;
      await image(name, { app: name });
      const config = imageJob(name);
      await machine.run(config, '--json');
      const from = cloud.calls.length;

      cloud.trouble = (call) =>
        call.action === action && call.region === TO
          ? { status: 403, code: 'UnauthorizedOperation' }
          : undefined;
      const ran = await machine.run(config, '--json');
      cloud.trouble = undefined;

      expect(ran).toMatchObject({
        code: 12,
        jobs: [{ completed: false, errors: [{ code: 'LF_AWS_DENIED' }] }],
      });
      expect(writes(from)).toEqual([]);
    },
  );

  it('makes one image when the answer to CopyImage is lost, by one token in every process', async () => {
    await image('lost', { app: 'lost' });
    const config = imageJob('lost');
    const from = cloud.calls.length;
    cloud.trouble = ({ action }) => (action === 'CopyImage' ? 'cut' : undefined);
    expect(await machine.run(config, '--json')).toMatchObject({ code: 12, jobs: [{ sync_required: true }] });
    machine.forget();

    let lost = 0;
    cloud.trouble = ({ action }) => (action === 'CopyImage' && (lost += 1) === 1 ? 'cut-after' : undefined);
    expect(await machine.run(config, '--json')).toMatchObject({ code: 0 });
    cloud.trouble = undefined;

    expect(await copies('lost')).toHaveLength(1);
    const tokens = cloud.calls.slice(from).filter(({ action }) => action === 'CopyImage');
    expect(new Set(tokens.map(({ form }) => form.get('ClientToken'))).size).toBe(1);
  });

  it('puts right by a later run what was left undone: the tag of the source, tags and permissions of the copy', async () => {
    const id = await image('undone', { app: 'undone', team: 'pay' });
    const config = imageJob('undone');
    cloud.trouble = ({ action }) =>
      action === 'CreateTags' ? { status: 403, code: 'UnauthorizedOperation' } : undefined;
    expect(await machine.run(config, '--json')).toMatchObject({ code: 12 });
    cloud.trouble = undefined;
    const [copy] = await copies('undone');
    const made = copy?.ImageId ?? '';

    expect(await machine.run(config, '--plan', '--json')).toMatchObject({
      code: 10,
      jobs: [{ sync_required: false }],
    });
    expect(await machine.run(config, '--json')).toMatchObject({
      code: 0,
      jobs: [{ created_resource: null }],
    });

    expect(await copies('undone')).toHaveLength(1);
    expect((await tagsAt(SOURCE, id))['Sync-us-west-1']).toMatch(made);
    expect(await friendsOf(made)).toEqual([{ UserId: FRIEND }]);
  });

  it('removes the oldest copies of the job with their snapshots, and none that is used or not its own', async () => {
    const config = imageJob('kept', ', max_images_to_retain: 0');
    const first = await image('kept-1', { app: 'kept' });
    await machine.run(config, '--json');
    const [old] = await copies('kept-1');
    await ec2(SOURCE).send(new DeregisterImageCommand({ ImageId: first }));
    await image('kept-2', { app: 'kept' });

    const ran = await machine.run(config, '--json');

    expect(ran.jobs[0]?.regions[0]?.removed).toEqual([old?.ImageId]);
    expect(await copies('kept-1')).toEqual([]);
    expect(await copies('whole')).toHaveLength(1);
    const snapshot = old?.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId ?? '';
    const { Snapshots = [] } = await ec2(TO).send(new DescribeSnapshotsCommand({ OwnerIds: ['self'] }));
    expect(Snapshots.map(({ SnapshotId }) => SnapshotId)).not.toContain(snapshot);
  });

  it('copies the newest automated snapshot of a database once, and adopts one that the gem left without its tag', async () => {
    for (const name of ['ledger', 'adopted'])
      for (const region of [SOURCE, TO])
        await rds(region).send(
          new CreateDBInstanceCommand({
            DBInstanceIdentifier: name,
            DBInstanceClass: 'db.t3.micro',
            Engine: 'postgres',
            AllocatedStorage: 20,
            MasterUsername: 'u',
            MasterUserPassword: 'secret-99',
          }),
        );
    const asked = new DescribeDBSnapshotsCommand({
      DBInstanceIdentifier: 'adopted',
      SnapshotType: 'automated',
    });
    const source = (await rds(SOURCE).send(asked)).DBSnapshots?.[0]?.DBSnapshotIdentifier ?? '';
    await rds(TO).send(
      new CreateDBSnapshotCommand({
        DBInstanceIdentifier: 'adopted',
        DBSnapshotIdentifier: source.replaceAll(':', '-'),
      }),
    );
    const job = (name: string): string =>
      `sync_${name}: {sync_type: rds_automated_snapshot, source_region: ${SOURCE}, destination_region: ${TO}, db_instance: ${name}}\n`;
    const config = machine.config('databases', job('ledger') + job('adopted'));

    const ran = await machine.run(config, '--json');

    expect(ran).toMatchObject({
      code: 0,
      jobs: [
        { name: 'sync_ledger', created_resource: expect.stringMatching(/^rds-ledger-/) as string },
        { name: 'sync_adopted', created_resource: null, regions: [{ state: 'in-sync' }] },
      ],
    });
    const from = cloud.calls.length;
    expect(await machine.run(config, '--json')).toMatchObject({ code: 0 });
    expect(writes(from)).toEqual([]);
  });

  it('copies the newest automated snapshot of an Aurora cluster once, and retires what is more than to be kept', async () => {
    const cluster = (region: string) =>
      rds(region).send(
        new CreateDBClusterCommand({
          DBClusterIdentifier: 'aurora',
          Engine: 'aurora-postgresql',
          MasterUsername: 'u',
          MasterUserPassword: 'secret-99',
        }),
      );
    for (const region of [SOURCE, TO]) await cluster(region);
    const Tags = [{ Key: `Sync-From-${SOURCE}`, Value: '20200101000000+0000 / rds:aurora-2020-01-01-00-00' }];
    await rds(TO).send(
      new CreateDBClusterSnapshotCommand({
        DBClusterIdentifier: 'aurora',
        DBClusterSnapshotIdentifier: 'rds-aurora-2020-01-01-00-00',
        Tags,
      }),
    );
    const config = machine.config(
      'aurora',
      `sync_aurora: {sync_type: rds_automated_snapshot, source_region: ${SOURCE}, destination_region: ${TO}, db_cluster: aurora, max_snapshots_to_retain: 0}`,
    );

    const ran = await machine.run(config, '--json', '--wait');

    expect(ran, ran.err).toMatchObject({
      code: 0,
      jobs: [{ created_resource: expect.stringMatching(/^rds-aurora-/) as string }],
    });
    const asked = new DescribeDBClusterSnapshotsCommand({
      DBClusterIdentifier: 'aurora',
      SnapshotType: 'manual',
    });
    const { DBClusterSnapshots = [] } = await rds(TO).send(asked);
    expect(DBClusterSnapshots.map((found) => found.DBClusterSnapshotIdentifier)).toEqual([
      ran.jobs[0]?.created_resource,
    ]);
    const from = cloud.calls.length;
    expect(await machine.run(config, '--json')).toMatchObject({ code: 0 });
    expect(writes(from)).toEqual([]);
  });

  it('copies the newest snapshot of a volume, and makes one copy when the answer is lost', async () => {
    const client = ec2(SOURCE);
    const { VolumeId } = await client.send(
      new CreateVolumeCommand({
        AvailabilityZone: `${SOURCE}a`,
        Size: 1,
        TagSpecifications: [{ ResourceType: 'volume', Tags: [{ Key: 'app', Value: 'data' }] }],
      }),
    );
    const { SnapshotId = '' } = await client.send(
      new CreateSnapshotCommand({ VolumeId, Description: 'data' }),
    );
    const config = machine.config(
      'data',
      `sync_data: {sync_type: ebs_snapshot, source_region: ${SOURCE}, destination_region: ${TO}, filters: ['tag:app=data']}`,
    );
    let lost = 0;
    cloud.trouble = ({ action }) =>
      action === 'CopySnapshot' && (lost += 1) === 1 ? 'cut-after' : undefined;
    const ran = await machine.run(config, '--json');
    cloud.trouble = undefined;

    const asked = { OwnerIds: ['self'], Filters: [{ Name: 'tag:Sync-Job', Values: ['sync_data'] }] };
    const { Snapshots = [] } = await ec2(TO).send(new DescribeSnapshotsCommand(asked));
    expect(Snapshots).toHaveLength(1);
    expect(ran).toMatchObject({ code: 0, jobs: [{ created_resource: Snapshots[0]?.SnapshotId }] });
    const tags = new Map((Snapshots[0]?.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
    expect(tags.get('Sync-From-us-east-1')).toMatch(new RegExp(`^\\d{14}\\+0000 / ${SnapshotId}$`));
    const from = cloud.calls.length;
    expect(await machine.run(config, '--json')).toMatchObject({
      code: 0,
      jobs: [{ created_resource: null }],
    });
    expect(writes(from)).toEqual([]);
  });

  it('says who has to share the storage of an image of somebody else', async () => {
    await image('foreign', { app: 'foreign' });
    cloud.trouble = ({ action }) =>
      action === 'CopyImage' ? { status: 400, code: 'InvalidRequest' } : undefined;
    const ran = await machine.run(imageJob('foreign', ', owner_id: 123456789012'), '--json');
    cloud.trouble = undefined;

    expect(ran.jobs[0]?.errors[0]?.message).toContain('123456789012 has to share the snapshots');
  });

  it('fails a job whose configuration is wrong, and does the others', async () => {
    const good = `source_region: ${SOURCE}, destination_region: ${TO}, filters: ['tag:app=whole']`;
    const ran = await machine.run(
      machine.config('mixed', `sync_bad: {sync_type: blah}\nsync_whole: {sync_type: ec2_ami, ${good}}\n`),
    );

    expect(ran.code).toBe(11);
    expect(ran.err).toContain(
      "The sync_bad configuration 'sync_type' value 'blah' is not a supported AWS Sync type.",
    );
    expect(ran.out).toMatch(/sync_whole +ec2_ami +us-west-1 +in-sync/);
  });
});
