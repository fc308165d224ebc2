import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CreateLaunchTemplateCommand,
  CreateTagsCommand,
  DeregisterImageCommand,
  DescribeImagesCommand,
  DescribeLaunchTemplateVersionsCommand,
  EC2Client,
  ModifyLaunchTemplateCommand,
  RegisterImageCommand,
} from '@aws-sdk/client-ec2';
import { GetParameterCommand, PutParameterCommand, SSMClient } from '@aws-sdk/client-ssm';
import { afterAll, describe, expect, it } from 'vitest';
import { MOTO_IS_MISSING } from '../support/moto.ts';
import { openAcrossCloud, type AcrossCloud } from './across-cloud.ts';
import { SyncProgram } from './sync-program.ts';

const SOURCE = 'us-east-1';
const TO = 'us-west-1';
const DIGEST = `sha256:${'a'.repeat(64)}`;

const opened = await openAcrossCloud();
if (!opened) console.warn(MOTO_IS_MISSING);

describe.runIf(opened)('landfall-ops sync, before and after a copy', () => {
  const cloud = opened as AcrossCloud;
  const machine = new SyncProgram(cloud.url, cloud.behind);
  const keys = { accessKeyId: 'x', secretAccessKey: 'x' };
  const ec2 = (region: string) => new EC2Client({ region, endpoint: cloud.behind, credentials: keys });
  const ssm = new SSMClient({ region: TO, endpoint: cloud.behind, credentials: keys });

  afterAll(async () => {
    machine[Symbol.dispose]();
    await cloud[Symbol.asyncDispose]();
  });

  async function image(name: string, tags: Readonly<Record<string, string>> = {}): Promise<string> {
    const { ImageId = '' } = await ec2(SOURCE).send(new RegisterImageCommand({ Name: name }));
    await tag(ImageId, { app: name.replace(/-\d$/, ''), ...tags });
    return ImageId;
  }

  async function tag(id: string, tags: Readonly<Record<string, string>>): Promise<void> {
    const Tags = Object.entries(tags).map(([Key, Value]) => ({ Key, Value }));
    await ec2(SOURCE).send(new CreateTagsCommand({ Resources: [id], Tags }));
  }

  async function rootOf(region: string, id: string): Promise<string> {
    const { Images = [] } = await ec2(region).send(new DescribeImagesCommand({ ImageIds: [id] }));
    return Images[0]?.BlockDeviceMappings?.[0]?.Ebs?.SnapshotId ?? '';
  }

  const jobOf = (name: string, more: string): string =>
    machine.config(
      name,
      `sync_${name}: {sync_type: ec2_ami, source_region: ${SOURCE}, destination_region: ${TO}, filters: ['tag:app=${name}'], ${more}}\n`,
    );

  const writes = (from: number) =>
    cloud.calls
      .slice(from)
      .filter(({ isWrite }) => isWrite)
      .map(({ action }) => action);

  async function versions() {
    const asked = new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateName: 'web' });
    const { LaunchTemplateVersions = [] } = await ec2(TO).send(asked);
    return LaunchTemplateVersions.map((version) => [
      version.LaunchTemplateData?.ImageId,
      version.DefaultVersion ?? false,
    ]);
  }

  async function parameter() {
    return (await ssm.send(new GetParameterCommand({ Name: '/images/web' }))).Parameter?.Value;
  }

  it('copies nothing that was not scanned itself, and says which command does that', async () => {
    const id = await image('gated');
    const config = jobOf('gated', 'scan: required');
    const from = cloud.calls.length;

    const without = await machine.run(config, '--json');
    expect(without).toMatchObject({ code: 12, jobs: [{ errors: [{ code: 'LF_SYNC_SCAN' }] }] });
    expect(without.jobs[0]?.errors[0]?.message).toContain(
      `landfall-ops scan-image ${id} --region ${SOURCE} --builder`,
    );
    await tag(id, { 'scan-digest': DIGEST, 'scan-snapshot': 'snap-0123456789abcdef0' });
    const foreign = await machine.run(config, '--plan', '--json');
    expect(foreign.jobs[0]?.errors[0]?.message).toContain("another image's disk (snap-0123456789abcdef0)");
    expect(writes(from)).toEqual([]);

    await tag(id, { 'scan-snapshot': await rootOf(SOURCE, id) });
    const ran = await machine.run(config, '--json', '--wait');
    const copy = ran.jobs[0]?.created_resource ?? '';
    const { Images = [] } = await ec2(TO).send(new DescribeImagesCommand({ ImageIds: [copy] }));
    const tags = new Map((Images[0]?.Tags ?? []).map(({ Key, Value }) => [Key, Value]));
    expect([tags.get('scan-digest'), tags.get('scan-snapshot')]).toEqual([DIGEST, await rootOf(TO, copy)]);
    expect(await machine.run(config, '--plan', '--json')).toMatchObject({ code: 0 });
    expect(await machine.run(jobOf('odd', 'scan: maybe'), '--json')).toMatchObject({ code: 12 });
  });

  it('names a copy in a parameter, a launch template and a file, once it is available, and again only a newer one', async () => {
    const first = await image('web-1');
    const template = { LaunchTemplateName: 'web', LaunchTemplateData: { ImageId: 'ami-00000000000000001' } };
    await ec2(TO).send(new CreateLaunchTemplateCommand(template));
    const map = join(machine.folder, 'images.json');
    writeFileSync(map, '{"sync_other": {"us-west-1": "ami-2"}}');
    const config = jobOf(
      'web',
      'ssm_parameter: /images/web, launch_template: {us-west-1: web}, map_file: images.json',
    );

    const plan = await machine.run(config, '--plan', '--json');
    expect(plan.jobs[0]?.regions[0]?.handed_over).toEqual([
      'parameter /images/web',
      'launch template web',
      map,
    ]);
    // Pending: nobody is told of it yet.
    cloud.rewrite = ({ action, region }, body) =>
      action === 'DescribeImages' && region === TO
        ? body.replaceAll('<imageState>available<', '<imageState>pending<')
        : body;
    const pending = await machine.run(config, '--json');
    cloud.rewrite = undefined;
    expect(pending.jobs[0]?.regions[0]?.handed_over).toEqual([]);
    expect(await versions()).toEqual([['ami-00000000000000001', true]]);

    const copy = pending.jobs[0]?.created_resource ?? '';
    const ran = await machine.run(config, '--json');
    expect(ran).toMatchObject({ code: 0 });
    expect(ran.jobs[0]?.regions[0]?.handed_over).toHaveLength(3);
    expect(await parameter()).toBe(copy);
    expect(await versions()).toEqual([
      ['ami-00000000000000001', false],
      [copy, true],
    ]);
    expect(JSON.parse(readFileSync(map, 'utf8'))).toEqual({
      sync_other: { 'us-west-1': 'ami-2' },
      sync_web: { 'us-west-1': copy },
    });

    // Somebody goes back: the run of the night leaves that alone, and says so.
    await ssm.send(new PutParameterCommand({ Name: '/images/web', Value: 'ami-old', Overwrite: true }));
    await ec2(TO).send(new ModifyLaunchTemplateCommand({ LaunchTemplateName: 'web', DefaultVersion: '1' }));
    const from = cloud.calls.length;
    const night = await machine.run(config, '--json');
    expect(night).toMatchObject({ code: 0, jobs: [{ regions: [{ handed_over: [] }] }] });
    expect(night.err).toContain('parameter /images/web was set back to ami-old, and stays so');
    expect(night.err).toContain('its default is 1, and stays so');
    expect(writes(from)).toEqual([]);

    await ec2(SOURCE).send(new DeregisterImageCommand({ ImageId: first }));
    await image('web-2');
    // Stopped before its version is the default, and another machine goes on: nobody went back.
    cloud.trouble = ({ action }) =>
      action === 'ModifyLaunchTemplate' ? { status: 403, code: 'UnauthorizedOperation' } : undefined;
    const newer = await machine.run(config, '--json', '--wait');
    cloud.trouble = undefined;
    machine.forget();
    const second = newer.jobs[0]?.created_resource;
    expect((await versions()).at(-1)).toEqual([second, false]);
    expect(await machine.run(config, '--json', '--wait')).toMatchObject({ code: 0 });
    expect([await parameter(), (await versions()).at(-1)]).toEqual([second, [second, true]]);
    await ec2(TO).send(new ModifyLaunchTemplateCommand({ LaunchTemplateName: 'web', DefaultVersion: '2' }));
    const again = await machine.run(config, '--json');
    expect([again.code, again.err]).toEqual([0, expect.stringContaining('its default is 2, and stays so')]);
  });

  it('fails in its region, with the copy there, when what is to name it cannot be set', async () => {
    await image('nowhere');
    const map = join(machine.folder, 'broken.json');
    writeFileSync(map, '[1]');
    const ran = await machine.run(
      jobOf('nowhere', 'launch_template: lt-gone, map_file: broken.json'),
      '--json',
      '--wait',
    );

    expect(ran.code).toBe(12);
    expect(ran.jobs[0]?.regions[0]?.resource).toMatch(/^ami-/);
    expect(ran.jobs[0]?.errors.map(({ code }) => code)).toEqual(['LF_AWS_REFUSED', 'LF_SYNC_USE']);
    expect(readFileSync(map, 'utf8')).toBe('[1]');
  });
});
