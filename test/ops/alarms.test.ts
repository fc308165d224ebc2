import { readFileSync } from 'node:fs';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { FAULTS } from '#kit/errors.ts';
import { ok } from '#kit/outcome.ts';
import { createPatience } from '#scripts/ops/across/patience.ts';
import { baseOf, tagsOf, type MetricAlarm } from '#scripts/ops/alarms/alarm.ts';
import { changesFor } from '#scripts/ops/alarms/alarm-changes.ts';
import { createCloudWatchAlarms } from '#scripts/ops/alarms/cloudwatch-alarms.ts';
import { MOTO_IS_MISSING, startMoto } from '../support/moto.ts';
import { isPrinted, shownIn } from '../support/shown-output.ts';
import { opsBench, type OpsBench } from './ops-bench.ts';

const PAGE = readFileSync('docs/alarms.md', 'utf8');
const PLAN = /```yaml\n([\s\S]*?)```/.exec(PAGE)?.[1] ?? '';
const TOPIC = 'arn:aws:sns:{region}:123456789012:ops';

let bench: OpsBench;
beforeEach(async () => {
  bench = await opsBench();
});

const payroll = (plan = PLAN): Promise<string> =>
  bench.folder({
    'base/plan.yaml': plan,
    'environment/prod/a.properties': 'a = 1\n',
    'role/web/b.properties': 'b = 1\n',
    'role/worker/b.properties': 'b = 2\n',
  });
const IRELAND = ['--regions', 'eu-west-1'];
const WEB = [...IRELAND, '--role', 'web'];
const names = (): readonly string[] =>
  bench.sandbox.alarms.all.map(({ region, name }) => `${region} ${name}`);
/** One call of the query protocol, as another program makes it. */
const query = async (fields: Readonly<Record<string, string>>, url = bench.sandbox.url): Promise<string> => {
  const authorization =
    'AWS4-HMAC-SHA256 Credential=AKIAOTHER/20261121/eu-west-1/monitoring/aws4_request, SignedHeaders=host, Signature=0';
  const body = new URLSearchParams({ Version: '2010-08-01', ...fields });
  return await (await fetch(url, { method: 'POST', headers: { authorization }, body })).text();
};
const FOREIGN = {
  Action: 'PutMetricAlarm',
  MetricName: 'CPUUtilization',
  Namespace: 'AWS/EC2',
  Statistic: 'Average',
  Period: '60',
  EvaluationPeriods: '1',
  ComparisonOperator: 'GreaterThanThreshold',
  Threshold: '90',
};

it('the page prints what the command prints', async () => {
  const [shown] = shownIn('docs/alarms.md', PAGE);
  const ran = await bench.run('alarms', 'plan', await payroll(), ...WEB);
  expect(ran.err).toBe('');
  expect(shown?.lines.length).toBeGreaterThan(10);
  expect(isPrinted(shown?.lines ?? [], ran.out)).toBe(true);
  expect(names(), 'a plan writes nothing').toEqual([]);
});

describe('landfall-ops alarms apply', () => {
  it('makes the alarms of each role in each region, and a second run changes nothing', async () => {
    const folder = await payroll();
    const both = ['--regions', 'eu-west-1,us-east-1', '--notify', TOPIC];
    expect(await bench.run('alarms', 'apply', folder, ...both)).toMatchObject({ code: 0, err: '' });
    expect(names()).toHaveLength(4 * 10);
    const web = bench.sandbox.alarms.all.find(
      ({ name, region }) => name === 'landfall/prod/web' && region === 'us-east-1',
    );
    expect(web?.fields['AlarmActions']).toEqual(['arn:aws:sns:us-east-1:123456789012:ops']);
    expect(web?.fields['AlarmRule']).toContain('ALARM("landfall/prod/web/app/errors")');
    expect(Object.fromEntries(web?.tags ?? [])).toEqual({
      'landfall:alarms': 'landfall/prod/web',
      'landfall:environment': 'prod',
      'landfall:role': 'web',
    });
    const stale = bench.sandbox.alarms.all.find(({ name }) => name === 'landfall/prod/web/stale');
    expect(stale?.fields['Metrics']).toMatchObject([
      { Expression: `SELECT MAX(landfall_config_stale) FROM "Landfall/prod" WHERE Role = 'web'` },
    ]);
    const again = await bench.run('alarms', 'apply', folder, ...both, '--json');
    const changes = (JSON.parse(again.out) as { sets: { alarms: { change: string }[] }[] }).sets.flatMap(
      ({ alarms }) => alarms.map(({ change }) => change),
    );
    expect(changes).toEqual(Array.from({ length: 40 }, () => 'keep'));
  });

  it('changes what differs, removes what nobody needs, and leaves the muted muted', async () => {
    await bench.run('alarms', 'apply', await payroll(), ...WEB);
    const muted = bench.sandbox.alarms.all.find(({ name }) => name.endsWith('/disk'))?.fields ?? {};
    const { Metrics: _, Action: __, Version: ___, ...rest } = muted as Record<string, string>;
    await query({
      ...rest,
      Action: 'PutMetricAlarm',
      ActionsEnabled: 'false',
      'Metrics.member.1.Id': 'q1',
      'Metrics.member.1.Expression': 'SELECT 1',
    });
    const less = PLAN.replace(/ +errors:.*\n/, '');
    const ran = await bench.run('alarms', 'apply', await payroll(less), ...WEB, '--threshold', 'memory=75');
    expect(ran.out).toContain('0 to create, 3 to update, 1 to remove, 6 as they are');
    expect(names()).not.toContain('eu-west-1 landfall/prod/web/app/errors');
    const fields = (what: string) =>
      bench.sandbox.alarms.all.find(({ name }) => name === `landfall/prod/web/${what}`)?.fields;
    expect(fields('disk')).toMatchObject({ ActionsEnabled: 'false', Metrics: [{ Period: '60' }] });
    expect(fields('memory')).toMatchObject({ ActionsEnabled: 'true', Threshold: '75' });
  });

  it('never touches an alarm that is not its own', async () => {
    await query({ ...FOREIGN, AlarmName: 'landfall/prod/web/own-of-ops' });
    await bench.run('alarms', 'apply', await payroll(), ...WEB);
    await bench.run('alarms', 'remove', ...WEB);
    expect(names()).toEqual(['eu-west-1 landfall/prod/web/own-of-ops']);
    await query({ ...FOREIGN, AlarmName: 'landfall/prod/web/disk' });
    const ran = await bench.run('alarms', 'apply', await payroll(), ...WEB);
    expect([ran.code, ran.err]).toEqual([
      FAULTS.LF_ALARM_TAKEN.exit,
      expect.stringContaining('landfall/prod/web/disk'),
    ]);
    expect(names()).toHaveLength(2);
  });

  it('asks at a terminal, and a no changes nothing', async () => {
    bench.context = { ...bench.context, ask: async () => false };
    const ran = await bench.run('alarms', 'apply', await payroll(), ...WEB);
    expect([ran.code, names()]).toEqual([FAULTS.LF_INTERRUPTED.exit, []]);
  });

  it('goes on where one was broken off', async () => {
    bench.sandbox.faults.add({
      service: 'monitoring',
      operation: 'PutCompositeAlarm',
      effect: { status: 403, code: 'AccessDenied' },
      times: 1,
    });
    const ran = await bench.run('alarms', 'apply', await payroll(), ...WEB);
    expect([ran.code, ran.err]).toEqual([4, expect.stringContaining('Allow cloudwatch:PutCompositeAlarm.')]);
    const again = await bench.run('alarms', 'apply', await payroll(), ...WEB);
    expect(again.out).toContain('1 to create, 0 to update, 0 to remove, 9 as they are');
  });
});

describe('landfall-ops alarms remove', () => {
  it('takes away those of a role, or all', async () => {
    await bench.run('alarms', 'apply', await payroll(), ...IRELAND);
    await bench.run('alarms', 'remove', ...WEB);
    expect(names().filter((name) => name.includes('/web'))).toEqual([]);
    expect(names()).toHaveLength(10);
    expect((await bench.run('alarms', 'remove', ...IRELAND)).out).toContain('10 to remove');
    expect(names()).toEqual([]);
    expect(await bench.run('alarms', 'remove', ...IRELAND)).toMatchObject({ code: 0 });
  });
});

describe('as text for other tools', () => {
  it('is a template of CloudFormation', async () => {
    const ran = await bench.run('alarms', 'plan', await payroll(), ...WEB, '--format', 'cloudformation');
    const { Resources } = parse(ran.out) as {
      Resources: Record<string, { Type: string; DependsOn?: string[] }>;
    };
    const composite = Object.values(Resources).filter(
      ({ Type }) => Type === 'AWS::CloudWatch::CompositeAlarm',
    );
    expect(Object.keys(Resources)).toHaveLength(10);
    expect(Object.keys(Resources).every((id) => /^[A-Za-z0-9]{1,255}$/.test(id))).toBe(true);
    expect(composite[0]?.DependsOn?.every((id) => Resources[id]?.Type === 'AWS::CloudWatch::Alarm')).toBe(
      true,
    );
    expect(bench.sandbox.requests.entries).toEqual([]);
  });

  it('is resources of Terraform, in which nothing is a template', async () => {
    const plan = PLAN.replace('metric: AppErrors', "metric: 'App${x}'");
    const ran = await bench.run('alarms', 'plan', await payroll(plan), ...WEB, '--format', 'terraform');
    expect(ran.out.match(/^resource "aws_cloudwatch_metric_alarm" "\w+" \{$/gm)).toHaveLength(9);
    expect(ran.out.match(/^resource "aws_cloudwatch_composite_alarm" "\w+" \{$/gm)).toHaveLength(1);
    expect(ran.out).toContain('SELECT SUM(\\"App$${x}\\") FROM \\"Landfall/prod\\" WHERE Role = ');
  });
});

describe('what cannot be', () => {
  it.each([
    [
      'a topic of another region',
      [...WEB, '--notify', 'arn:aws:sns:us-east-1:123456789012:ops'],
      'it is in us-east-1',
    ],
    ['a topic that is none', [...WEB, '--notify', 'ops'], 'it is no ARN of an SNS topic'],
    ['a threshold of no alarm', [...WEB, '--threshold', 'disc=80'], 'Did you mean disk?'],
    ['a threshold without a number', [...WEB, '--threshold', 'disk=full'], '"full" is no number'],
    ['a role that is not there', [...IRELAND, '--role', 'wbe'], 'no layer of it'],
    [
      'text of two regions',
      ['--regions', 'eu-west-1,us-east-1', '--format', 'terraform'],
      'it is the text of one region',
    ],
  ])('%s', async (_, args, words) => {
    const ran = await bench.run('alarms', 'plan', await payroll(), ...args);
    expect([ran.code, ran.err]).toEqual([2, expect.stringContaining(words)]);
  });

  it.each([
    ['metrics that do not say the role', 'metrics: { namespace: "L/{environment}" }\n', 'says the role'],
    ['metrics of one instance', 'metrics: { namespace: "L/{instanceId}" }\n', 'hangs on {instanceId}'],
    ['groups alone', PLAN.replace('dimensions:', 'aggregated: only\n  dimensions:'), 'says the role'],
    ['nothing that is sent', PLAN.replace(/logs:[\s\S]*/, '  own: false\n  collect: [cpu]\n'), 'sends none'],
  ])('%s', async (_, plan, words) => {
    const ran = await bench.run('alarms', 'plan', await payroll(plan), ...WEB);
    expect([ran.code, ran.err]).toEqual([FAULTS.LF_PLAN_INVALID.exit, expect.stringContaining(words)]);
  });
});

describe('on moto', async () => {
  const moto = await startMoto();
  beforeEach(({ skip }) => {
    if (!moto) skip(MOTO_IS_MISSING);
  });
  afterAll(() => moto?.stop());

  it('makes a metric alarm, reads it as it was asked for, and removes it', async () => {
    // moto 5.2.1 knows no PutCompositeAlarm in this protocol: composite alarms are the sandbox's alone.
    const { context } = bench;
    const patience = createPatience({ ...context, pollMs: 1000, timeoutMs: 1000 });
    const env = { AWS_ENDPOINT_URL: moto?.url };
    const alarms = createCloudWatchAlarms('eu-west-1', patience, { ...context, env });
    await query({ ...FOREIGN, AlarmName: 'landfall/prod/web/own-of-ops' }, moto?.url);
    const metric: MetricAlarm = {
      kind: 'metric',
      name: 'landfall/prod/web/not-ready',
      description: 'An instance is <not> ready & "so on".',
      query: `SELECT MIN(landfall_ready) FROM "Landfall/prod" WHERE Role = 'web'`,
      period: 60,
      periods: 5,
      comparison: 'LessThanThreshold',
      threshold: 1,
      missing: 'breaching',
    };
    const whose = { role: 'web', environment: 'prod' };
    const set = { base: baseOf(whose), tags: tagsOf(whose), alarms: [metric], leftOut: [] };
    await alarms.put(metric, set.tags, true);
    const there = await alarms.list(set.base);
    expect(there.map(({ name }) => name).toSorted()).toEqual([
      'landfall/prod/web/not-ready',
      'landfall/prod/web/own-of-ops',
    ]);
    expect(changesFor(set, there)).toEqual(ok([{ kind: 'keep', alarm: metric }]));
    await alarms.remove(metric.name);
    await alarms.remove(metric.name);
    expect((await alarms.list(set.base)).map(({ name }) => name)).toEqual(['landfall/prod/web/own-of-ops']);
    patience.end();
  });
});
