import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SandboxInstance } from '../../scripts/sandbox/imds/instance.ts';
import { allowed } from '../support/allowed.ts';
import { STAGES, type AwsStage } from './aws-stage.ts';
import { Citizen } from './citizen.ts';
import { SOURCE, TREE, type Files } from './payroll.ts';

const REGIONS = ['us-east-1', 'eu-west-1'] as const;
const HOST = (region: string): string => `payroll.c9akciq32abc.${region}.rds.amazonaws.com`;

/** What a baked image may carry along; none of it says where this instance is. */
const MISLEADING = {
  AWS_REGION: 'ap-southeast-2',
  AWS_DEFAULT_REGION: 'ap-southeast-2',
  AWS_PROFILE: 'sydney',
  AWS_ACCESS_KEY_ID: 'AKIAELSEWHERE',
  AWS_SECRET_ACCESS_KEY: 'elsewhere',
};

/** The same files for both regions but for the one line that must not be the same. */
function treeOf(region: string): Files {
  return {
    ...TREE,
    'base/app.properties': [
      `db.host=${HOST(region)}`,
      'db.port = 5432',
      'db.url=jdbc:postgresql://${db.host}:${db.port}/payroll',
      'log.level=INFO',
      'workers=2',
      'missing.ok=${nope:fallback}',
      'literal=$${not.a.reference}',
      'where=${@region}/${@role}/${@environment}',
      'who=${@partition} ${@account} ${@zone} ${@dnsSuffix} ${@instanceId}',
      'list=a,b , c',
      'queue=https://sqs.${@region}.${@dnsSuffix}/${@account}/payslips',
      '',
    ].join('\n'),
    [`region/${region}/endpoints.properties`]: 'cache=cache.${@region}.internal\n',
    'role/worker/worker.properties': 'workers=99\n',
    'environment/staging/staging.properties': 'log.level=DEBUG\n',
    'role/web/environment/prod/web.json': '{"pool":{"size":4,"warm":true}}',
  };
}

describe.each(STAGES)('one image in two regions, on $name', ({ name, open }) => {
  let stage: AwsStage;
  const instances = new Map<string, SandboxInstance>();
  const citizens = new Map<string, Citizen>();
  const citizen = (region: string): Citizen => citizens.get(region) as Citizen;

  beforeAll(async () => {
    stage = await open();
    for (const region of REGIONS) {
      const bucket = `acme-config-${region}`;
      await stage.addBucket(bucket, region);
      for (const [path, text] of Object.entries(treeOf(region)))
        await stage.put(bucket, region, `payroll/${path}`, text);
      const tags = { Role: 'web', environment: 'prod', Name: 'payroll' };
      const instance = await stage.launch({ region, tags });
      instances.set(region, instance);
      const { imdsUrl } = instance;
      citizens.set(region, new Citizen({ imdsUrl, awsUrl: stage.url, source: SOURCE, env: MISLEADING }));
    }
    await Promise.all(REGIONS.map((region) => citizen(region).ready()));
  });

  afterAll(async () => {
    await Promise.all([...citizens.values()].map((one) => one[Symbol.asyncDispose]()));
    await stage.close();
  });

  it.each(REGIONS)('%s has its own truth, whole', async (region) => {
    const { instanceId } = instances.get(region) as SandboxInstance;
    expect(await citizen(region).properties()).toEqual({
      cache: `cache.${region}.internal`,
      'db.host': HOST(region),
      'db.port': '5432',
      'db.url': `jdbc:postgresql://${HOST(region)}:5432/payroll`,
      list: 'a,b , c',
      literal: '${not.a.reference}',
      'log.level': 'WARN',
      'missing.ok': 'fallback',
      'nginx.upstreams': ['a', 'b'],
      'nginx.upstreams.0': 'a',
      'nginx.upstreams.1': 'b',
      'pool.size': '4',
      'pool.warm': 'true',
      queue: `https://sqs.${region}.amazonaws.com/123456789012/payslips`,
      where: `${region}/web/prod`,
      who: `aws 123456789012 ${region}a amazonaws.com ${instanceId}`,
      workers: '8',
    });
  });

  it.each(REGIONS)('%s is what its document says, whatever the environment claims', async (region) => {
    const document = await citizen(region).json('/v1/config');
    expect(document).toMatchObject({
      region,
      zone: `${region}a`,
      account: '123456789012',
      role: 'web',
      environment: 'prod',
    });
  });

  it.each(REGIONS)('%s explains which layer won and what it shadows', async (region) => {
    expect(await citizen(region).json('/v1/explain/log.level')).toMatchObject({
      value: 'WARN',
      winner: { layer: 'environment/prod', file: 'prod.properties', line: 1 },
      shadowed: [{ layer: 'base', file: 'app.properties', line: 4, raw: 'INFO' }],
    });
  });

  it('never asked a metadata service without a token', () => {
    for (const { violations } of instances.values()) expect(violations).toEqual([]);
    const asked = stage.sandbox.requests.entries.filter(({ service }) => service === 'imds');
    expect(asked.length).toBeGreaterThan(0);
  });

  it('changes in one region alone, within the interval and a second', async () => {
    const [america, europe] = [citizen('us-east-1'), citizen('eu-west-1')];
    const before = await america.json('/v1/config');
    const changedAt = performance.now();
    await stage.put(
      'acme-config-eu-west-1',
      'eu-west-1',
      'payroll/environment/prod/prod.properties',
      'log.level=ERROR\n',
    );
    await europe.serves('log.level', 'ERROR');
    expect(performance.now() - changedAt).toBeLessThan(allowed(2000));
    await america.cli('refresh');
    expect(await america.json('/v1/config')).toMatchObject({
      generation: before['generation'],
      digest: before['digest'],
      stale: false,
    });
  });

  // moto shows nobody what it was asked.
  if (name !== 'sandbox') return;

  it('signs for its own region, and asks its own bucket only', () => {
    for (const region of REGIONS) {
      const asked = stage.sandbox.requests.entries.filter(
        (entry) => entry.service === 's3' && entry.path.startsWith(`/acme-config-${region}`),
      );
      expect(asked.length).toBeGreaterThan(0);
      expect(new Set(asked.map((entry) => entry.region))).toEqual(new Set([region]));
      expect(new Set(asked.map((entry) => entry.expectedOwner))).toEqual(new Set(['123456789012']));
    }
    const all = stage.sandbox.requests.entries.filter(({ service }) => service !== 'imds');
    expect(new Set(all.map(({ region }) => region))).toEqual(new Set(REGIONS));
    expect(new Set(all.map(({ service }) => service))).toEqual(new Set(['s3']));
  });
});
