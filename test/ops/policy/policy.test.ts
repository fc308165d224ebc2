import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import type { PolicyDocument } from '#scripts/ops/policy/grant.ts';
import { isPrinted, shownIn } from '../../support/shown-output.ts';
import { PAYROLL, opsBench, type OpsBench } from '../ops-bench.ts';

const SOURCE = ['--source', 's3://acme-config-{region}/payroll'];

async function policyOf(
  bench: OpsBench,
  files: Readonly<Record<string, string>>,
  ...args: readonly string[]
): Promise<PolicyDocument> {
  const ran = await bench.run('policy', '--folder', await bench.folder(files), ...SOURCE, ...args);
  expect(ran.err).toBe('');
  return JSON.parse(ran.out) as PolicyDocument;
}

const statement = ({ Statement }: PolicyDocument, sid: string) => Statement.find(({ Sid }) => Sid === sid);

const WEB = ['--role', 'web', '--regions', 'eu-west-1'];

it('the page prints what the command prints', async () => {
  const bench = await opsBench();
  const page = readFileSync('docs/policy.md', 'utf8');
  const plan = /```yaml\n([\s\S]*?)```/.exec(page)?.[1] ?? '';
  const folder = await bench.folder({
    ...PAYROLL,
    'base/plan.yaml': plan,
    'environment/prod/a.properties': 'a=1\n',
  });
  const [shown] = shownIn('docs/policy.md', page);
  const args = shown?.command.replaceAll("'", '').split(' ').slice(2) ?? [];
  const ran = await bench.run('policy', ...args.map((arg) => (arg === 'config' ? folder : arg)));
  expect(shown?.lines.length).toBeGreaterThan(10);
  expect(isPrinted(shown?.lines ?? [], ran.out), ran.out).toBe(true);
});

it('lets the instances of each region at what is of that region, and at nothing else', async () => {
  const bench = await opsBench();
  const both = await policyOf(bench, PAYROLL, '--role', 'web', '--regions', 'eu-west-1,us-east-1');
  for (const [sid, region, other] of [
    ['ReadOwnLayersEuWest1', 'eu-west-1', 'us-east-1'],
    ['ReadOwnLayersUsEast1', 'us-east-1', 'eu-west-1'],
  ] as const) {
    const own = statement(both, sid);
    expect(own?.Condition).toEqual({
      ArnLike: { 'ec2:SourceInstanceARN': [`arn:aws:ec2:${region}:*:instance/*`] },
    });
    expect(JSON.stringify(own)).not.toContain(other);
  }
});

it('lets a role at no object of a release of another environment', async () => {
  const bench = await opsBench();
  const files = {
    ...PAYROLL,
    'environment/prod/a.properties': 'a=1\n',
    'environment/test/a.properties': 'a=1\n',
  };
  const printed = await policyOf(bench, files, ...WEB, '--environment', 'prod', '--layout', 'release');
  const resources = statement(printed, 'ReadOwnLayers')?.Resource ?? [];
  expect(resources).toContain(
    `arn:aws:s3:::acme-config-eu-west-1/payroll/objects/role/web/${'?'.repeat(64)}`,
  );
  expect(resources).toContain(
    'arn:aws:s3:::acme-config-eu-west-1/payroll/objects/role/web/environment/prod/*',
  );
  expect(resources).toContain('arn:aws:s3:::acme-config-eu-west-1/payroll/objects/instance/*/*');
  expect(JSON.stringify(printed)).not.toMatch(/environment\/(test|\*)/);
  const all = await policyOf(bench, files, ...WEB);
  expect(JSON.stringify(all)).toContain('environment/test/*');
});

it('has any value in place of what only an instance knows, and one where it is said', async () => {
  const bench = await opsBench();
  const files = {
    ...PAYROLL,
    'base/plan.yaml':
      'logs: { app: { path: /a, group: "/{tag:team}/{instanceId}/{date}" } }\nmetrics: { namespace: "App/{tag:team}" }\n',
  };
  const any = await policyOf(bench, files, ...WEB);
  expect(statement(any, 'SendLogs')?.Resource[0]).toBe('arn:aws:logs:eu-west-1:*:log-group:/*/*/*');
  expect(statement(any, 'SendMetrics')?.Condition).toMatchObject({
    StringLike: { 'cloudwatch:namespace': ['App/*'] },
  });
  const said = await policyOf(bench, files, ...WEB, '--tag', 'team=pay', '--account', '111122223333');
  expect(statement(said, 'SendLogs')?.Resource[0]).toBe(
    'arn:aws:logs:eu-west-1:111122223333:log-group:/pay/*/*',
  );
});

it('names what init documents and deployments fetch, with its own bucket and no other', async () => {
  const bench = await opsBench();
  const files = {
    ...PAYROLL,
    'base/plan.yaml': 'init: { app: { document: init.json } }\n',
    'base/init.json': JSON.stringify({
      'AWS::CloudFormation::Init': {
        config: { sources: { '/opt': 'https://tools.s3.eu-west-1.amazonaws.com/a/t.tgz' } },
      },
    }),
    'role/web/web.properties': `landfall.deploy.version=1\nlandfall.deploy.artefact=app/a.tgz\nlandfall.deploy.sha256=${'0'.repeat(64)}\n`,
    'role/worker/w.properties': 'landfall.deploy.artefact=s3://other/x.tgz\n',
  };
  const { Resource = [] } = statement(await policyOf(bench, files, ...WEB), 'FetchObjects') ?? {};
  expect(Resource).toEqual([
    'arn:aws:s3:::acme-config-eu-west-1/payroll/app/a.tgz',
    'arn:aws:s3:::tools/a/t.tgz',
  ]);
});

it('lets keys be used by the services that are asked for something, and makes grants for volumes alone', async () => {
  const bench = await opsBench();
  const key = 'arn:aws:kms:{region}:111122223333:key/0a';
  const secret = { ...PAYROLL, 'base/s.properties': 'pw=${@secret:payroll/db}\n' };
  const printed = await policyOf(bench, secret, ...WEB, '--key', key, '--layout', 'tree');
  expect(statement(printed, 'UseKeys')).toMatchObject({
    Action: ['kms:Decrypt'],
    Resource: ['arn:aws:kms:eu-west-1:111122223333:key/0a'],
    Condition: {
      StringEquals: {
        'kms:ViaService': ['s3.eu-west-1.amazonaws.com', 'secretsmanager.eu-west-1.amazonaws.com'],
      },
    },
  });
  expect(statement(printed, 'UseKeysOfVolumes')).toBeUndefined();
  const volume = { ...PAYROLL, 'base/plan.yaml': 'claims: { volumes: { d: { tag: a=b, mount: /d } } }\n' };
  expect(statement(await policyOf(bench, volume, ...WEB, '--key', key), 'UseKeysOfVolumes')?.Action).toEqual([
    'kms:CreateGrant',
    'kms:Decrypt',
  ]);
});

it.each([
  [['--role', 'wbe', '--regions', 'eu-west-1'], 'no layer of it'],
  [['--regions', 'eu-west-1'], 'has layers for roles'],
  [[...WEB, '--account', '12'], 'it is no account'],
  [
    [...WEB, '--key', 'arn:aws:kms:us-east-1:111122223333:key/0a'],
    'it is in us-east-1, the instances in eu-west-1',
  ],
])('refuses %j: %s', async (args, cause) => {
  const bench = await opsBench();
  const ran = await bench.run('policy', '--folder', await bench.folder(PAYROLL), ...SOURCE, ...args);
  expect([ran.code, ran.out]).toEqual([2, '']);
  expect(ran.err).toContain(cause);
});
