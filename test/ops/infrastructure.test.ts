import { execFileSync } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { findProgram } from '#scripts/bench/program.ts';
import { motoBackend, type Backend } from '../contract/backend.ts';
import { daemonBench } from '../support/daemon-bench.ts';
import { MOTO_IS_MISSING, startMoto, type Moto } from '../support/moto.ts';
import { elapse } from '../support/patience.ts';
import { describeUnless } from '../support/unless.ts';
import { opsCommand } from './policy/ops-command.ts';

const HERE = 'eu-west-1';
const EXAMPLE = 'examples/infrastructure';
const CONFIG = `${EXAMPLE}/config`;
const ACCOUNT = '123456789012';
const SOURCE = 's3://acme-config-{account}-{region}/payroll';

const folder = mkdtempSync(join(tmpdir(), 'landfall-infrastructure-'));
const moto: Moto | undefined = await startMoto();
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await moto?.stop();
});

/** As README.md of the example has it. */
async function completed(): Promise<string> {
  const whose = ['--role', 'web', '--environment', 'prod', '--regions', HERE, '--account', ACCOUNT];
  const policy = await opsCommand('policy', '--folder', CONFIG, ...whose, '--source', SOURCE);
  const userData = await opsCommand('userdata', '--baked', '--source', SOURCE);
  writeFileSync(join(folder, 'web.json'), policy);
  writeFileSync(join(folder, 'userdata.sh'), userData);
  const complete = `${EXAMPLE}/cloudformation/complete.sh`;
  const template = execFileSync(complete, [join(folder, 'web.json'), join(folder, 'userdata.sh')], {
    encoding: 'utf8',
  });
  writeFileSync(join(folder, 'fleet.yaml'), template);
  return template;
}

const lint = findProgram('cfn-lint');
describeUnless(lint ? undefined : 'cfn-lint is missing: pip install cfn-lint', 'cfn-lint', () => {
  it('has nothing to say of the template, nor of the alarms', async () => {
    await completed();
    const alarms = ['alarms', 'plan', CONFIG, '--regions', HERE, '--format', 'cloudformation'];
    writeFileSync(join(folder, 'alarms.yaml'), await opsCommand(...alarms));
    const files = ['fleet.yaml', 'alarms.yaml'].map((file) => join(folder, file));
    expect(execFileSync(lint ?? '', files, { encoding: 'utf8' })).toBe('');
  });
});

describeUnless(moto ? undefined : MOTO_IS_MISSING, 'the stack of the example, on moto', () => {
  let backend: Backend;
  let template: string;

  beforeAll(async () => {
    backend = motoBackend(moto as Moto);
    template = await completed();
    const subnet = /<subnetId>([^<]+)</.exec(await ask('ec2', '2016-11-15', { Action: 'DescribeSubnets' }));
    const made = await ask('cloudformation', '2010-05-15', {
      Action: 'CreateStack',
      StackName: 'web',
      TemplateBody: template,
      ...parameter(1, 'ImageId', 'ami-12c6146b'),
      ...parameter(2, 'Subnets', subnet?.[1] ?? ''),
      ...parameter(3, 'Size', '1'),
    });
    expect(made).toContain('<StackId>');
  });

  it('has a role with the policy that was printed, and user data that tells where to read', async () => {
    const roles = await ask('iam', '2010-05-08', { Action: 'ListRoles' });
    const RoleName = /<RoleName>(web-[^<]+)</.exec(roles)?.[1] ?? '';
    const fields = { Action: 'GetRolePolicy', RoleName, PolicyName: 'landfall' };
    const [, document = ''] = /<PolicyDocument>([^<]+)</.exec(await ask('iam', '2010-05-08', fields)) ?? [];
    // moto keeps what came in a template as Python prints it.
    expect(JSON.parse(decodeURIComponent(document).replaceAll(/'|&#39;|&#x27;/g, '"'))).toEqual(
      JSON.parse(readFileSync(join(folder, 'web.json'), 'utf8')),
    );
    const versions = await ask('ec2', '2016-11-15', {
      Action: 'DescribeLaunchTemplateVersions',
      LaunchTemplateId:
        /(lt-[0-9a-f]+)/.exec(await ask('ec2', '2016-11-15', { Action: 'DescribeLaunchTemplates' }))?.[1] ??
        '',
    });
    const [, userData = ''] = /<userData>([^<]+)</.exec(versions) ?? [];
    expect(Buffer.from(userData, 'base64').toString()).toContain(SOURCE);
  });

  // moto makes a group without the hooks of its template.
  it('has the hooks that the plan of its instances completes', () => {
    const plan = readFileSync(`${CONFIG}/base/plan.yaml`, 'utf8');
    const named = [...plan.matchAll(/Hook: (\S+)/g)].map(([, name]) => name);
    expect(named).toEqual(['landfall-launch', 'landfall-termination']);
    const hooks = [...template.matchAll(/LifecycleHookName: (\S+)/g)].map(([, name]) => name);
    expect(hooks).toEqual(named);
  });

  it('has instances that boot from its bucket, each in its role and environment', async () => {
    for (const path of globSync(`${CONFIG}/**/*.{yaml,properties}`))
      await backend.s3(HERE).send(
        new PutObjectCommand({
          Bucket: `acme-config-${ACCOUNT}-${HERE}`,
          Key: `payroll/${path.slice(CONFIG.length + 1)}`,
          Body: readFileSync(path),
        }),
      );
    const groups = await ask('autoscaling', '2011-01-01', { Action: 'DescribeAutoScalingGroups' });
    const [, instanceId = ''] = /<InstanceId>([^<]+)</.exec(groups) ?? [];
    expect(groups).toMatch(/<Key>role<\/Key>[^]*<Value>web<\/Value>/);
    // The metadata are the sandbox's, which knows no tags of moto's: they are asked for, by the instance's id.
    const bench = await daemonBench({ instanceId, tagsInMetadata: false });
    const env = {
      AWS_EC2_METADATA_SERVICE_ENDPOINT: bench.instance.imdsUrl,
      AWS_ENDPOINT_URL: moto?.url ?? '',
    };
    const daemon = await bench.daemon({ host: { env }, flags: { source: SOURCE } });
    while (daemon.status()['ready'] !== true) await bench.clock.advance(50);
    expect(daemon.status()).toMatchObject({
      identity: { instanceId, role: 'web', environment: 'prod' },
      source: { address: `s3://acme-config-${ACCOUNT}-${HERE}/payroll` },
    });
    await elapse(bench.clock, daemon.close(600_000));
  });
});

const parameter = (count: number, key: string, value: string): Readonly<Record<string, string>> => ({
  [`Parameters.member.${count}.ParameterKey`]: key,
  [`Parameters.member.${count}.ParameterValue`]: value,
});

/** One call of the query protocol to moto. */
async function ask(
  service: string,
  Version: string,
  fields: Readonly<Record<string, string>>,
): Promise<string> {
  const credential = `AKIAADMIN/20261121/${service === 'iam' ? 'us-east-1' : HERE}/${service}/aws4_request`;
  const authorization = `AWS4-HMAC-SHA256 Credential=${credential}, SignedHeaders=host, Signature=0`;
  const body = new URLSearchParams({ Version, ...fields });
  const response = await fetch(moto?.url ?? '', { method: 'POST', headers: { authorization }, body });
  return response.text();
}
