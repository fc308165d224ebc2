import { copyFileSync, globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DeleteBucketPolicyCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { parse } from 'yaml';
import { startSandbox, type Sandbox } from '../../scripts/sandbox/sandbox.ts';
import { motoBackend } from '../contract/backend.ts';
import { opsCommand } from '../ops/policy/ops-command.ts';
import { MOTO_IS_MISSING, startMoto, type Moto } from '../support/moto.ts';
import { describeUnless } from '../support/unless.ts';
import { Payroll } from './payroll.ts';
import { NO_TERRAFORM, TerraformModule, type Ran, type Values } from './terraform.ts';

const HERE = 'eu-west-1';
const EXAMPLE = 'examples/infrastructure';
const CONFIG = `${EXAMPLE}/config`;
const ACCOUNT = '123456789012';
const SOURCE = 's3://acme-config-{account}-{region}/payroll';
const IMAGE = 'ami-12c6146b';

const moto: Moto | undefined = NO_TERRAFORM === undefined ? await startMoto() : undefined;
const obstacle = NO_TERRAFORM ?? (moto ? undefined : MOTO_IS_MISSING);

describeUnless(
  obstacle,
  'the Terraform of the example, by the real one',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'landfall-terraform-'));
    let sandbox: Sandbox;
    let module: TerraformModule;
    let variables: readonly string[];
    let applied: Ran;
    let resources: ReadonlyMap<string, Values>;

    // moto knows no PutCompositeAlarm: alarms are the sandbox's.
    beforeAll(async () => {
      sandbox = await startSandbox();
      module = new TerraformModule(folder, HERE, moto as Moto, sandbox.url);
      await print(folder);
      const described = await ask('ec2', '2016-11-15', { Action: 'DescribeSubnets' });
      const subnet = /<subnetId>([^<]+)</.exec(described)?.[1] ?? '';
      const values = { region: HERE, image: IMAGE, subnets: `["${subnet}"]`, size: '1' };
      variables = Object.entries(values).map(([name, value]) => `-var=${name}=${value}`);
      const initiated = await module.run('init', '-input=false');
      expect(initiated, initiated.stderr).toMatchObject({ code: 0 });
      applied = await module.run('apply', '-auto-approve', '-input=false', ...variables);
      resources = applied.code === 0 ? await module.resources() : new Map();
    }, 300_000);
    afterAll(async () => {
      await sandbox.close();
      await moto?.stop();
      rmSync(folder, { recursive: true, force: true });
    });

    it('is applied whole, and has nothing to change afterwards', async () => {
      expect(applied, applied.stderr).toMatchObject({ code: 0 });
      expect((await module.run('output', '-raw', 'source')).stdout).toBe(
        `s3://acme-config-${ACCOUNT}-${HERE}/payroll`,
      );
      const planned = await module.run('plan', '-detailed-exitcode', '-input=false', ...variables);
      expect(planned.code, planned.stdout + planned.stderr).toBe(0);
    });

    it('is written as terraform fmt has it, the alarms that are printed too', async () => {
      expect(await module.run('fmt', '-check', '-diff')).toMatchObject({ code: 0, stdout: '' });
    });

    it.each(SAME)(
      'says the same as the template of CloudFormation: %s',
      (_, [resource, ...path], template) => {
        const said = at(resources.get(resource), ...path);
        expect(said).toBeDefined();
        expect(said).toEqual(inTemplate(template));
      },
    );

    it('says the same of policies, of the size of instances, of hooks and of tags', () => {
      const policies: readonly (readonly [Path, Path])[] = [
        [OF_BUCKET('policy', 'policy'), ['ConfigurationPolicy', 'PolicyDocument']],
        [
          ['aws_iam_role.instance', 'assume_role_policy'],
          ['InstanceRole', 'AssumeRolePolicyDocument'],
        ],
      ];
      for (const [[resource, ...path], template] of policies) {
        const text = String(at(resources.get(resource), ...path));
        expect(statementsOf(JSON.parse(text))).toEqual(statementsOf(inTemplate(template)));
      }
      expect(at(resources.get('aws_launch_template.instance'), 'instance_type')).toBe(
        defaultOf(inTemplate(['LaunchTemplate', 'LaunchTemplateData', 'InstanceType'])),
      );
      const group = resources.get('aws_autoscaling_group.instances');
      const hooks = ['name', 'lifecycle_transition', 'heartbeat_timeout', 'default_result'];
      const Hooks = ['LifecycleHookName', 'LifecycleTransition', 'HeartbeatTimeout', 'DefaultResult'];
      expect(rows(group?.['initial_lifecycle_hook'], hooks)).toEqual(
        rows(inTemplate(['Group', 'LifecycleHookSpecificationList']), Hooks),
      );
      const tags = rows(inTemplate(['Group', 'Tags']), ['Key', 'Value', 'PropagateAtLaunch']);
      expect(rows(group?.['tag'], ['key', 'value', 'propagate_at_launch'])).toEqual(
        tags.map(([key, parameter, propagated]) => [key, defaultOf(parameter), propagated]),
      );
    });

    it('makes the alarms that the template of alarms has, and one of all of them', async () => {
      const printed = parse(await printedAlarms('cloudformation')) as { Resources: Record<string, Resource> };
      const wanted = Object.values(printed.Resources).map(({ Properties }) => Properties['AlarmName']);
      expect(sorted(sandbox.alarms.all.map(({ name }) => name))).toEqual(sorted(wanted));
      const composite = sandbox.alarms.all.filter(({ kind }) => kind === 'composite');
      expect(composite.map(({ name, fields }) => [name, String(fields['AlarmRule'])])).toEqual([
        ['landfall/prod/web', expect.stringContaining('ALARM("landfall/prod/web/not-ready") OR ')],
      ]);
    });

    it('has moto make the hooks that the plan completes', async () => {
      const group = resources.get('aws_autoscaling_group.instances')?.['name'];
      const hooks = await ask('autoscaling', '2011-01-01', {
        Action: 'DescribeLifecycleHooks',
        AutoScalingGroupName: String(group),
      });
      const named = [...hooks.matchAll(/<LifecycleHookName>([^<]+)</g)].map(([, name]) => name);
      const plan = readFileSync(`${CONFIG}/base/plan.yaml`, 'utf8');
      expect(sorted(named)).toEqual([...plan.matchAll(/Hook: (\S+)/g)].map(([, name]) => name));
    });

    it('has instances that boot from its bucket, each in its role and environment', async () => {
      const s3 = motoBackend(moto as Moto).s3(HERE);
      const Bucket = `acme-config-${ACCOUNT}-${HERE}`;
      // moto looks at no condition: to whom something is denied without TLS, it denies it always.
      await s3.send(new DeleteBucketPolicyCommand({ Bucket }));
      for (const path of globSync(`${CONFIG}/**/*.{yaml,properties}`))
        await s3.send(
          new PutObjectCommand({
            Bucket,
            Key: `payroll/${path.slice(CONFIG.length + 1)}`,
            Body: readFileSync(path),
          }),
        );
      const groups = await ask('autoscaling', '2011-01-01', { Action: 'DescribeAutoScalingGroups' });
      const [, instanceId = ''] = /<InstanceId>([^<]+)</.exec(groups) ?? [];
      // The metadata are the sandbox's, which knows no tags of moto's: they are asked for, by the instance's id.
      const payroll = await Payroll.open({ instance: { instanceId, tagsInMetadata: false }, files: {} });
      onTestFinished(() => payroll[Symbol.asyncDispose]());
      const citizen = await payroll.run({ awsUrl: moto?.url ?? '', source: SOURCE });
      expect(await citizen.json('/v1/status')).toMatchObject({
        identity: { instanceId, role: 'web', environment: 'prod' },
        source: { address: `s3://acme-config-${ACCOUNT}-${HERE}/payroll` },
      });
      expect((await citizen.cli('get', 'http.workers')).stdout).toBe('8\n');
    });
  },
  { timeout: 60_000 },
);

/** As README.md of the example has it. */
async function print(folder: string): Promise<void> {
  copyFileSync(`${EXAMPLE}/terraform/main.tf`, join(folder, 'main.tf'));
  const whose = ['--role', 'web', '--environment', 'prod', '--regions', HERE, '--account', ACCOUNT];
  const policy = await opsCommand('policy', '--folder', CONFIG, ...whose, '--source', SOURCE);
  writeFileSync(join(folder, 'policy.json'), policy);
  writeFileSync(join(folder, 'userdata.sh'), await opsCommand('userdata', '--baked', '--source', SOURCE));
  writeFileSync(join(folder, 'alarms.tf'), await printedAlarms('terraform'));
}

const printedAlarms = (format: string): Promise<string> =>
  opsCommand('alarms', 'plan', CONFIG, '--regions', HERE, '--format', format);

interface Resource {
  readonly Properties: Values;
}

type Path = readonly [resource: string, ...path: (string | number)[]];

const OF_BUCKET = (kind: string, ...path: (string | number)[]): Path => [
  `aws_s3_bucket_${kind}.configuration`,
  ...path,
];
const BY_DEFAULT = 'apply_server_side_encryption_by_default';
const ACCESS = 'PublicAccessBlockConfiguration';
const ENCRYPTION = ['ServerSideEncryptionConfiguration', 0, 'ServerSideEncryptionByDefault', 'SSEAlgorithm'];
const OLD = ['LifecycleConfiguration', 'Rules', 0];

/** Where each of the two says the same thing. */
const SAME: readonly (readonly [what: string, terraform: Path, template: Path])[] = [
  [
    'versioning',
    OF_BUCKET('versioning', 'versioning_configuration', 0, 'status'),
    ['Configuration', 'VersioningConfiguration', 'Status'],
  ],
  [
    'encryption',
    OF_BUCKET('server_side_encryption_configuration', 'rule', 0, BY_DEFAULT, 0, 'sse_algorithm'),
    ['Configuration', 'BucketEncryption', ...ENCRYPTION],
  ],
  [
    'owner',
    OF_BUCKET('ownership_controls', 'rule', 0, 'object_ownership'),
    ['Configuration', 'OwnershipControls', 'Rules', 0, 'ObjectOwnership'],
  ],
  ...(
    [
      ['block_public_acls', 'BlockPublicAcls'],
      ['block_public_policy', 'BlockPublicPolicy'],
      ['ignore_public_acls', 'IgnorePublicAcls'],
      ['restrict_public_buckets', 'RestrictPublicBuckets'],
    ] as const
  ).map(
    ([terraform, template]) =>
      [template, OF_BUCKET('public_access_block', terraform), ['Configuration', ACCESS, template]] as const,
  ),
  [
    'when old versions go',
    OF_BUCKET('lifecycle_configuration', 'rule', 0, 'noncurrent_version_expiration', 0, 'noncurrent_days'),
    ['Configuration', ...OLD, 'NoncurrentVersionExpiration', 'NoncurrentDays'],
  ],
  [
    'that they do',
    OF_BUCKET('lifecycle_configuration', 'rule', 0, 'status'),
    ['Configuration', ...OLD, 'Status'],
  ],
  [
    'tokens of the metadata',
    ['aws_launch_template.instance', 'metadata_options', 0, 'http_tokens'],
    ['LaunchTemplate', 'LaunchTemplateData', 'MetadataOptions', 'HttpTokens'],
  ],
  [
    'tags in the metadata',
    ['aws_launch_template.instance', 'metadata_options', 0, 'instance_metadata_tags'],
    ['LaunchTemplate', 'LaunchTemplateData', 'MetadataOptions', 'InstanceMetadataTags'],
  ],
];

interface Template {
  readonly Parameters: Readonly<Record<string, { readonly Default: unknown }>>;
  readonly Resources: Readonly<Record<string, Resource>>;
}

/** Functions such as !Ref are read as what they are applied to. */
const TEMPLATE = parse(readFileSync(`${EXAMPLE}/cloudformation/fleet.yaml`, 'utf8'), {
  logLevel: 'silent',
}) as Template;

const inTemplate = ([resource, ...path]: Path): unknown =>
  at(TEMPLATE.Resources[resource]?.Properties, ...path);

const defaultOf = (parameter: unknown): unknown => TEMPLATE.Parameters[String(parameter)]?.Default;

function at(from: unknown, ...path: readonly (string | number)[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Values | undefined)?.[key], from);
}

/** Those fields of each member of a list, in one order. */
function rows(list: unknown, fields: readonly string[]): readonly (readonly unknown[])[] {
  const members = (list as readonly Values[] | undefined) ?? [];
  const read = members.map((member) => fields.map((field) => member[field]));
  return read.toSorted(([left], [right]) => (String(left) < String(right) ? -1 : 1));
}

/** The resources of a policy are ARNs in one, and functions of them in the other. */
function statementsOf(policy: unknown): readonly unknown[] {
  const { Statement } = policy as { Statement: readonly { Resource?: readonly unknown[] }[] };
  return Statement.map((one) => ({ ...one, Resource: one.Resource?.length }));
}

const sorted = (names: readonly unknown[]): readonly string[] =>
  names.map(String).toSorted((left, right) => (left < right ? -1 : 1));

/** One call of the query protocol to moto. */
async function ask(
  service: string,
  Version: string,
  fields: Readonly<Record<string, string>>,
): Promise<string> {
  const credential = `AKIAADMIN/20261121/${HERE}/${service}/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0`;
  const body = new URLSearchParams({ Version, ...fields });
  const response = await fetch(moto?.url ?? '', { method: 'POST', headers: { authorization }, body });
  return response.text();
}
