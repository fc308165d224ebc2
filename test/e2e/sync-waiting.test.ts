import {
  CreateSnapshotCommand,
  CreateTagsCommand,
  CreateVolumeCommand,
  DescribeImagesCommand,
  DescribeSnapshotsCommand,
  EC2Client,
  RegisterImageCommand,
} from '@aws-sdk/client-ec2';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, describe, expect, it } from 'vitest';
import { MOTO_IS_MISSING } from '../support/moto.ts';
import { openAcrossCloud, type AcrossCloud } from './across-cloud.ts';
import { SyncProgram } from './sync-program.ts';

const opened = await openAcrossCloud();
if (!opened) console.warn(MOTO_IS_MISSING);

describe.runIf(opened)('landfall-ops sync, where it cannot go on', () => {
  const cloud = opened as AcrossCloud;
  const machine = new SyncProgram(cloud.url, cloud.behind);
  const keys = { accessKeyId: 'x', secretAccessKey: 'x' };
  const ec2 = (region: string) => new EC2Client({ region, endpoint: cloud.behind, credentials: keys });

  const writesFrom = (from: number) => cloud.calls.slice(from).filter(({ isWrite }) => isWrite);

  afterAll(async () => {
    machine[Symbol.dispose]();
    await cloud[Symbol.asyncDispose]();
  });

  async function jobFor(name: string, destinations: string): Promise<string> {
    const { ImageId = '' } = await ec2('us-east-1').send(new RegisterImageCommand({ Name: name }));
    await ec2('us-east-1').send(
      new CreateTagsCommand({ Resources: [ImageId], Tags: [{ Key: 'app', Value: name }] }),
    );
    return machine.config(
      name,
      `sync_${name}: {sync_type: ec2_ami, source_region: us-east-1, destination_regions: [${destinations}], filters: ['tag:app=${name}']}`,
    );
  }

  it('says which quota is in the way, and with --wait stands in line', async () => {
    const config = await jobFor('quota', 'us-west-1');
    let asked = 0;
    cloud.trouble = ({ action }) => {
      if (action !== 'CopyImage') return undefined;
      asked += 1;
      return asked < 4 ? { status: 400, code: 'ResourceLimitExceeded' } : undefined;
    };

    const refused = await machine.run(config, '--json');
    expect(refused).toMatchObject({ code: 12, jobs: [{ sync_required: true }] });
    expect(refused.jobs[0]?.errors[0]?.message).toMatch(/ResourceLimitExceeded.*--wait stands in line/);
    expect(await machine.run(config, '--json', '--wait')).toMatchObject({ code: 0 });
    cloud.trouble = undefined;

    const { Images = [] } = await ec2('us-west-1').send(new DescribeImagesCommand({ Owners: ['self'] }));
    expect(Images.map(({ Name }) => Name)).toEqual(['quota']);
  });

  it('goes on in the other regions when one denies or does not exist, and asks no region that does not', async () => {
    const config = await jobFor('split', 'us-west-1, eu-west-1, us-nowhere-9');
    cloud.trouble = ({ region }) =>
      region === 'eu-west-1' ? { status: 403, code: 'UnauthorizedOperation' } : undefined;
    const ran = await machine.run(config, '--json');
    cloud.trouble = undefined;

    expect(ran.jobs[0]?.regions.map(({ state }) => state)).toEqual(['created', 'failed', 'failed']);
    expect(ran.jobs[0]?.errors.map(({ code }) => code)).toEqual(['LF_AWS_DENIED', 'LF_SYNC_REGION']);
    const again = await machine.run(config, '--json');
    expect(again.jobs[0]?.regions.map(({ state }) => state)).toEqual(['in-sync', 'created', 'failed']);
    expect(cloud.calls.map(({ region }) => region)).not.toContain('us-nowhere-9');
  });

  it('gives a copy the deprecation and the protection of its source, and what it has itself stays', async () => {
    const config = await jobFor('lifecycle', 'us-west-1');
    const at = '2099-01-01T00:00:00.000Z';
    const protection = 'enabled-with-cooldown';
    const shown = `<deprecationTime>${at}</deprecationTime><deregistrationProtection>${protection}</deregistrationProtection>`;
    const set = new Set<string>();
    cloud.rewrite = ({ action, region, form }, body) => {
      if (action.startsWith('EnableImage')) {
        set.add(`${action} ${form.get('DeprecateAt') ?? form.get('WithCooldown')}`);
        return `<${action}Response><return>true</return></${action}Response>`;
      }
      const isShown = action === 'DescribeImages' && (region === 'us-east-1' || set.size === 2);
      return isShown ? body.replaceAll('<imageState>', `${shown}<imageState>`) : body;
    };

    expect(await machine.run(config, '--json')).toMatchObject({ code: 0 });
    expect([...set]).toEqual([
      'EnableImageDeprecation 2099-01-01T00:00:00Z',
      'EnableImageDeregistrationProtection true',
    ]);
    const from = cloud.calls.length;
    const again = await machine.run(config, '--json');
    cloud.rewrite = undefined;

    expect(again).toMatchObject({ code: 0, jobs: [{ regions: [{ repaired: [] }] }] });
    expect(cloud.calls.slice(from).filter(({ isWrite }) => isWrite)).toEqual([]);
  });

  it('makes the snapshot that is due, once, copies it, and retires what it made', async () => {
    const client = ec2('us-east-1');
    const Tags = [{ Key: 'app', Value: 'made' }];
    const wanted = { AvailabilityZone: 'us-east-1a', Size: 1 };
    const { VolumeId = '' } = await client.send(
      new CreateVolumeCommand({ ...wanted, TagSpecifications: [{ ResourceType: 'volume', Tags }] }),
    );
    const ofVolume = { Filters: [{ Name: 'volume-id', Values: [VolumeId] }] };
    const made = async () =>
      (await client.send(new DescribeSnapshotsCommand(ofVolume))).Snapshots?.map(
        ({ SnapshotId }) => SnapshotId,
      );
    const config = machine.config(
      'made',
      `sync_made: {sync_type: ebs_snapshot, source_region: us-east-1, destination_region: us-west-1, filters: ['tag:app=made'], snapshot_every: 1h, max_source_snapshots_to_retain: 0}`,
    );
    const planned = cloud.calls.length;
    expect(await machine.run(config, '--plan', '--json')).toMatchObject({
      code: 10,
      jobs: [{ regions: [{ state: 'due', resource: null }] }],
    });
    expect(writesFrom(planned)).toEqual([]);
    const lost = new Set<string>();
    cloud.trouble = ({ action }) => {
      if (!/^C\w+Snapshot$/.test(action) || lost.has(action)) return undefined;
      lost.add(action);
      return 'cut-after';
    };
    const ran = await machine.run(config, '--wait', '--json');
    cloud.trouble = undefined;
    const first = await made();
    expect([...lost, first?.length], ran.err).toEqual(['CreateSnapshot', 'CopySnapshot', 1]);
    expect(ran).toMatchObject({ code: 0, jobs: [{ regions: [{ state: 'created', pending: false }] }] });
    const copy = { SnapshotIds: [ran.jobs[0]?.created_resource ?? ''] };
    const { Snapshots = [] } = await ec2('us-west-1').send(new DescribeSnapshotsCommand(copy));
    const carried = new Set((Snapshots[0]?.Tags ?? []).map(({ Key }) => Key));
    expect(carried).toEqual(new Set(['Sync-From-us-east-1', 'Sync-Job', 'Sync-Volume', 'app']));

    const from = cloud.calls.length;
    expect(await machine.run(config, '--json')).toMatchObject({ code: 0 });
    expect(writesFrom(from)).toEqual([]);
    const byHand = await client.send(new CreateSnapshotCommand({ VolumeId }));
    const again = await machine.run(config, '--wait', '--json');
    expect([again.code, await made()], again.err).toEqual([0, [byHand.SnapshotId]]);
    expect(again.err).toContain(`sync_made: us-east-1: removed: ${first?.[0]}`);
  });

  it('does nothing while another machine holds the lease, and gives it back in the end', async () => {
    const config = await jobFor('leased', 'us-west-1');
    const s3 = new S3Client({
      region: 'us-east-1',
      endpoint: cloud.behind,
      credentials: keys,
      forcePathStyle: true,
    });
    await s3.send(new CreateBucketCommand({ Bucket: 'locks' }));
    const lease = { holder: 'another', token: 7, until: Date.now() + 3_600_000 };
    const put = (until: number) =>
      new PutObjectCommand({
        Bucket: 'locks',
        Key: 'ops/sync-lease.json',
        Body: JSON.stringify({ ...lease, until }),
      });
    await s3.send(put(lease.until));
    const from = cloud.calls.length;

    const held = await machine.run(config, '--json', '--lease', 's3://locks/ops');
    expect(held.code).toBe(1);
    expect(held.err).toContain('LF_SYNC_LEASE');
    expect(cloud.calls.slice(from)).toEqual([]);

    await s3.send(put(Date.now() - 1000));
    for (let run = 0; run < 2; run += 1)
      expect(await machine.run(config, '--json', '--lease', 's3://locks/ops')).toMatchObject({
        code: 0,
      });
  });
});
