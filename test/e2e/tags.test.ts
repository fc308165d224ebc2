import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { STAGES, type AwsStage } from './aws-stage.ts';
import { Citizen } from './citizen.ts';
import { Payroll, SOURCE } from './payroll.ts';

const TREE = {
  'base/app.properties': 'workers=2\nlog.level=INFO\n',
  'role/web/web.properties': 'workers=8\n',
  'role/worker/worker.properties': 'workers=99\n',
  'environment/staging/staging.properties': 'log.level=DEBUG\n',
};

describe.each(STAGES)('tags that are not in the metadata, on $name', ({ open }) => {
  let stage: AwsStage;
  beforeAll(async () => {
    stage = await open();
    await stage.addBucket('acme-config-eu-west-1', 'eu-west-1');
    for (const [path, text] of Object.entries(TREE))
      await stage.put('acme-config-eu-west-1', 'eu-west-1', `payroll/${path}`, text);
  });
  afterAll(() => stage.close());

  it('are asked of EC2 in this region', async () => {
    await stage.launch({ region: 'eu-west-1', tags: { Role: 'web' } });
    const { imdsUrl, violations } = await stage.launch({
      region: 'eu-west-1',
      tags: { Role: 'worker', Environment: 'staging' },
      tagsInMetadata: false,
    });
    await using citizen = new Citizen({ imdsUrl, awsUrl: stage.url, source: SOURCE });
    await citizen.ready();
    expect(await citizen.properties()).toEqual({ workers: '99', 'log.level': 'DEBUG' });
    expect((await citizen.json('/v1/identity'))['tags']).toEqual({ Role: 'worker', Environment: 'staging' });
    expect(violations).toEqual([]);
  });
});

describe('tags', () => {
  it('that change are noticed by the poll', async () => {
    await using payroll = await Payroll.open({ files: TREE });
    const citizen = await payroll.run();
    expect(await citizen.properties()).toMatchObject({ workers: '8', 'log.level': 'INFO' });
    payroll.instance.tags.set('role', 'worker').set('environment', 'staging');
    await citizen.serves('workers', '99');
    expect(await citizen.json('/v1/config')).toMatchObject({
      role: 'worker',
      environment: 'staging',
      properties: { 'log.level': 'DEBUG' },
    });
  });

  it('that are not there leave the base, and say why', async () => {
    await using payroll = await Payroll.open({ files: TREE, instance: { tags: {} } });
    const citizen = await payroll.run();
    expect(await citizen.json('/v1/config')).toMatchObject({
      role: null,
      environment: null,
      properties: { workers: '2' },
    });
    expect((await citizen.json('/v1/layers'))['layers']).toContainEqual(
      expect.objectContaining({ name: 'role/{role}', state: 'absent', reason: "no tag 'role'" }),
    );
  });

  it('may have other names, and any of them may name a layer', async () => {
    await using payroll = await Payroll.open({
      files: { ...TREE, 'team/red/team.properties': 'team=red\n' },
      instance: { tags: { Function: 'worker', stage: 'staging', Team: 'red' } },
    });
    const citizen = await payroll.run({
      env: {
        LANDFALL_ROLE_TAG: 'function',
        LANDFALL_ENVIRONMENT_TAG: 'Stage',
        LANDFALL_LAYERS: 'base,role/{role},environment/{environment},team/{tag:Team}',
      },
    });
    expect(await citizen.properties()).toEqual({ workers: '99', 'log.level': 'DEBUG', team: 'red' });
  });

  it('cannot lead out of the prefix', async () => {
    await using payroll = await Payroll.open({
      files: { ...TREE, 'role/../../secret/s.properties': 'stolen=1\n' },
      instance: { tags: { role: '../../secret' } },
    });
    const citizen = await payroll.run();
    expect(await citizen.properties()).toEqual({ workers: '2', 'log.level': 'INFO' });
    const asked = payroll.sandbox.requests.entries.map(({ path, query }) => path + query);
    expect(asked.filter((path) => path.includes('secret'))).toEqual([]);
  });

  it('that EC2 denies end a bootstrap with what to allow', async () => {
    await using payroll = await Payroll.open({ instance: { tagsInMetadata: false } });
    payroll.sandbox.faults.add({ service: 'ec2', effect: { status: 403, code: 'UnauthorizedOperation' } });
    const { code, stderr } = await payroll.finish({ env: { LANDFALL_BOOT_TIMEOUT: '3s' } });
    expect([code, stderr]).toEqual([
      3,
      expect.stringMatching(/ec2:DescribeTags.*\[LF_TAGS_UNAVAILABLE\]\n$/s),
    ]);
  });
});
