import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { deriveSealKey, sealedRecords, stampOf } from '#config-service';
import { COLLECTIONS } from '#agent/metrics/base/metrics-settings.ts';
import { printFamilies } from '#agent/daemon/reporting/exposition.ts';
import { startSandbox, type Sandbox } from '../../scripts/sandbox/sandbox.ts';
import { callsAt } from '../support/aws-calls.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { elapse } from '../support/patience.ts';
import { payrollIdentity } from '../support/identity.ts';
import { FACTS } from './facts.ts';
import { fakeCloudWatch, FINE, GONE } from './fake-cloudwatch.ts';
import { pipelineBench } from './pipeline-bench.ts';

describe('a pipeline', () => {
  let sandbox: Sandbox;
  const clock = new FakeClock(1_780_000_000_000);
  beforeAll(async () => {
    sandbox = await startSandbox({ clock });
  });
  afterAll(() => sandbox.close());

  it('brings the figures of a host to CloudWatch, in its own region', async () => {
    // The signature is checked against the time of the machine, the data against the sandbox's.
    const { pipeline, configure, pass, write } = await pipelineBench({
      aws: callsAt(new URL(sandbox.url)),
      clock,
    });
    expect(
      await configure({ namespace: 'Test/{environment}', own: false, dimensions: ['role'] }),
    ).toMatchObject({
      kind: 'ok',
    });
    await pass(30_000);
    await write({ 'proc/stat': 'cpu  150 0 125 825 0 0 0 0 0 0\n' });
    await pass(60_000);
    await pipeline.drain(10_000);
    const data = sandbox.metrics.data.filter(({ namespace }) => namespace === 'Test/prod');
    expect(data.length).toBe(pipeline.status()?.['sent']);
    expect(pipeline.status()).toMatchObject({ namespace: 'Test/prod' });
    expect(data.find(({ name }) => name === 'DiskUtilization')).toMatchObject({
      region: 'eu-west-1',
      dimensions: { InstanceId: FACTS.instanceId, Role: 'web', Path: '/' },
      unit: 'Percent',
    });
    expect(data.find(({ name, values }) => name === 'CPUUtilization' && values[0] === 75)).toBeDefined();
  });
});

it('costs nothing before a plan has metrics, nor after it has none any more', async () => {
  const { pipeline, configure, sampled, clock } = await pipelineBench();
  expect(pipeline.status()).toBeUndefined();
  expect(pipeline.families()).toEqual([]);
  expect(clock.sleeping).toBe(0);
  await configure({});
  await sampled();
  await pipeline.reconfigure(undefined);
  expect(pipeline.status()).toBeUndefined();
});

it('a wrong section is refused, and the one before goes on', async () => {
  const { pipeline, configure, sampled } = await pipelineBench();
  await configure({ namespace: 'Good' });
  await sampled();
  expect(await configure({ namespace: 'Bad', collct: [] })).toMatchObject({
    kind: 'fail',
    fault: { code: 'LF_PLAN_INVALID' },
  });
  expect(pipeline.status()).toMatchObject({ namespace: 'Good' });
});

it('tells nothing while the namespace waits for a tag', async () => {
  const cloudwatch = fakeCloudWatch();
  const facts = { ...FACTS, environment: undefined };
  const { pipeline, configure, pass } = await pipelineBench({ aws: cloudwatch.aws, facts: () => facts });
  await configure({ namespace: 'A/{environment}' });
  await pass(30_000);
  await pass(60_000);
  expect(pipeline.status()).toMatchObject({
    namespace: 'A/{environment}',
    waitingFor: '{environment}',
    series: 0,
  });
  await pipeline.drain(1_000);
  expect(cloudwatch.calls).toBe(0);
});

/** A host whose tag comes late. */
async function late(uptime: string) {
  const cloudwatch = fakeCloudWatch();
  let facts = { ...FACTS, role: undefined as string | undefined };
  const bench = await pipelineBench({ aws: cloudwatch.aws, facts: () => facts });
  await bench.write({ 'proc/uptime': uptime });
  await bench.configure({ own: false, collect: ['load'], dimensions: ['role'] });
  return { ...bench, cloudwatch, tag: () => (facts = { ...FACTS, role: 'web' }) };
}

function dimensionsOf({ accepted }: ReturnType<typeof fakeCloudWatch>): ReadonlySet<string> {
  return new Set(accepted.map(({ Dimensions }) => Dimensions.map(({ Name }) => Name).join(' ')));
}

it('sends what others have measured with the dimensions of the instance, at the time of it unless that is long ago', async () => {
  const cloudwatch = fakeCloudWatch();
  const { pipeline, configure, clock: now, sampled } = await pipelineBench({ aws: cloudwatch.aws });
  const observation = {
    metric: 'AppLatency',
    unit: 'Milliseconds',
    dimensions: [{ name: 'pool', value: 'a' }],
  };
  pipeline.observe({ ...observation, value: 1, at: now.now() });
  await configure({ namespace: 'Test', own: false, collect: ['load'], dimensions: ['role'] });
  await sampled();
  for (const value of [20, 40]) pipeline.observe({ ...observation, value, at: now.now() - 3_600_000 });
  pipeline.observe({ ...observation, unit: 'Parsecs', value: 60, at: now.now() - 86_400_000 });
  await pipeline.drain(10_000);
  const sent = cloudwatch.accepted.filter(({ MetricName }) => MetricName === 'AppLatency');
  const dimensions = [
    { Name: 'InstanceId', Value: FACTS.instanceId },
    { Name: 'Role', Value: 'web' },
    { Name: 'pool', Value: 'a' },
  ];
  // Nothing was collected when the first one came.
  expect(sent).toMatchObject([
    { Unit: 'Milliseconds', Values: [20, 40], Dimensions: dimensions },
    { Unit: 'None', Value: 60, Dimensions: dimensions },
  ]);
});

describe('dimensions that come from a tag', () => {
  it('are waited for on a machine that has just started: no series without them comes to be', async () => {
    const { pipeline, pass, cloudwatch, tag } = await late('12.34 8.00\n');
    await pass(30_000);
    expect(pipeline.status()).toMatchObject({ waitingFor: 'Role', series: 0 });
    tag();
    await pass(60_000);
    await pipeline.drain(1_000);
    expect(dimensionsOf(cloudwatch)).toEqual(new Set(['InstanceId Role']));
  });

  it('are waited for two minutes at most, and on one that runs for long not at all', async () => {
    const fresh = await late('12.34 8.00\n');
    await fresh.pass(30_000);
    await fresh.pass(60_000);
    await fresh.pass(60_000);
    expect(fresh.pipeline.status()).toMatchObject({ waitingFor: null });
    await fresh.pipeline.drain(1_000);
    expect(dimensionsOf(fresh.cloudwatch)).toEqual(new Set(['InstanceId']));
    const old = await late('86400.00 8.00\n');
    await old.pass(30_000);
    expect(old.pipeline.status()).toMatchObject({ waitingFor: null });
  });
});

it('what `only` names is sent, and nothing else of the host', async () => {
  const cloudwatch = fakeCloudWatch();
  const { pipeline, configure, pass } = await pipelineBench({ aws: cloudwatch.aws });
  await configure({
    profile: 'cwagent',
    only: ['mem_used_percent', 'disk_used_percent'],
    disk: { device: false },
  });
  await pass(30_000);
  await pass(60_000);
  await pipeline.drain(1_000);
  expect(new Set(cloudwatch.accepted.map(({ MetricName }) => MetricName))).toEqual(
    new Set(['mem_used_percent', 'disk_used_percent']),
  );
  const disk = cloudwatch.accepted.find(({ MetricName }) => MetricName === 'disk_used_percent');
  expect(disk?.Dimensions.map(({ Name }) => Name)).toEqual(['InstanceId', 'fstype', 'path']);
});

it('a flush sends the open window at once, and collecting goes on', async () => {
  const cloudwatch = fakeCloudWatch();
  const { pipeline, configure, sampled, pass } = await pipelineBench({ aws: cloudwatch.aws });
  await configure({ own: false, collect: ['load'] });
  await sampled();
  await pipeline.flush(10_000);
  const flushed = cloudwatch.accepted.length;
  expect(flushed).toBeGreaterThan(0);
  await pipeline.flush(10_000);
  expect(cloudwatch.accepted).toHaveLength(flushed);
  await pass(60_000);
  await pipeline.flush(10_000);
  expect(cloudwatch.accepted).toHaveLength(2 * flushed);
});

it('a flush while CloudWatch is away ends at its deadline, and loses nothing', async () => {
  const cloudwatch = fakeCloudWatch();
  const { pipeline, configure, sampled, clock } = await pipelineBench({ aws: cloudwatch.aws });
  await configure({ own: false, collect: ['load'] });
  await sampled();
  cloudwatch.answer = () => GONE;
  await elapse(clock, pipeline.flush(5_000));
  cloudwatch.answer = () => FINE;
  await elapse(clock, pipeline.flush(600_000));
  expect(pipeline.status()).toMatchObject({
    queue: { memory: 0, disk: 0 },
    sent: cloudwatch.accepted.length,
    taken: cloudwatch.accepted.length,
  });
});

it('case 75: a stop in the middle of a window sends what it holds', async () => {
  const cloudwatch = fakeCloudWatch();
  const { pipeline, configure, sampled } = await pipelineBench({ aws: cloudwatch.aws });
  await configure({ statsd: '127.0.0.1:0', own: false, collect: ['load'] });
  await sampled();
  const statsd = () => pipeline.status()?.['statsd'] as { port: number; packets: number };
  const client = createSocket('udp4');
  onTestFinished(() => void client.close());
  client.send('jobs.done:3|c|#queue:mail', statsd().port, '127.0.0.1');
  while (statsd().packets === 0) await new Promise((resolve) => setImmediate(resolve));
  await pipeline.drain(1_000);
  expect(cloudwatch.accepted.find(({ MetricName }) => MetricName === 'jobs.done')).toMatchObject({
    Value: 3,
    Unit: 'Count',
    Dimensions: [
      { Name: 'InstanceId', Value: FACTS.instanceId },
      { Name: 'queue', Value: 'mail' },
    ],
  });
});

it('case 74: what waits lies sealed on the disk, and the next run sends it', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'landfall-spool-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const key = deriveSealKey('signature', stampOf(payrollIdentity));
  if (!key) throw new Error('no key');
  const spool = () => sealedRecords(folder, key, 'metrics');
  const cut = fakeCloudWatch();
  cut.answer = () => GONE;
  const first = await pipelineBench({ aws: cut.aws, spool: spool() });
  await first.configure({ own: false, collect: ['load'] });
  await first.sampled();
  await first.pipeline.drain(1_000);
  const cloudwatch = fakeCloudWatch();
  const second = await pipelineBench({ aws: cloudwatch.aws, spool: spool() });
  await second.pipeline.drain(1_000);
  expect(cloudwatch.accepted.map(({ MetricName }) => MetricName).toSorted()).toEqual([
    'Load1',
    'Load15',
    'Load5',
  ]);
});

const hasPromtool = spawnSync('promtool', ['--version']).status === 0;
if (!hasPromtool)
  console.warn('\n*** promtool is missing: families of metrics are checked by our own rules only ***\n');

it.runIf(hasPromtool)('families of this very machine pass promtool check metrics', async () => {
  const { pipeline, configure, pass } = await pipelineBench({ root: '/' });
  await configure({ collect: [...COLLECTIONS], statsd: '127.0.0.1:0' });
  await pass(30_000);
  const input = printFamilies(pipeline.families(), 'text');
  const checked = spawnSync('promtool', ['check', 'metrics'], { input, encoding: 'utf8' });
  expect(`${checked.stdout}${checked.stderr}`).toBe('');
});

it('names and labels of families are those Prometheus takes', async () => {
  const { pipeline, configure, pass } = await pipelineBench({ root: '/' });
  await configure({ collect: [...COLLECTIONS], statsd: '127.0.0.1:0' });
  await pass(30_000);
  const families = pipeline.families();
  expect(families.length).toBeGreaterThan(20);
  for (const { name, samples } of families) {
    expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
    expect(name).not.toMatch(/(_total|_percent|milliseconds|gauge|counter)$/);
    expect(new Set(samples.map(({ labels }) => JSON.stringify(labels ?? {}))).size).toBe(samples.length);
    for (const { value } of samples) expect(Number.isFinite(value)).toBe(true);
  }
  expect(new Set(families.map(({ name }) => name)).size).toBe(families.length);
});

it('shows series, cost and counts, and families of the same figures', async () => {
  const { pipeline, configure, pass } = await pipelineBench({
    ownFamilies: () => [{ name: 'landfall_ready', type: 'gauge', help: 'Up.', samples: [{ value: 1 }] }],
  });
  await configure({ collect: ['load', 'disk'] });
  await pass(30_000);
  expect(pipeline.status()).toMatchObject({
    series: 7,
    cost: { dollarsPerMonth: 2.1, dollarsPerSeries: 0.3 },
    dropped: { quarantined: 0, invalidValue: 0, seriesBudget: 0 },
    statsd: null,
  });
  const text = printFamilies(pipeline.families(), 'openmetrics');
  expect(text).toContain('landfall_host_load1 0.5\n');
  expect(text).toContain('landfall_metrics_series 7\n');
  expect(text).toContain('landfall_metrics_dropped_total{cause="quarantined"} 0\n');
});

it('counts go on when a plan changes the metrics: what was dropped stays dropped', async () => {
  const { pipeline, configure, sampled } = await pipelineBench();
  const statsd = () => pipeline.status()?.['statsd'] as { port: number; packets: number; malformed: number };
  const client = createSocket('udp4');
  onTestFinished(() => void client.close());
  for (const [round, interval] of ['1m', '2m'].entries()) {
    await configure({ statsd: '127.0.0.1:0', interval, own: false });
    await sampled();
    client.send('nonsense', statsd().port, '127.0.0.1');
    while (statsd().packets === round) await new Promise((resolve) => setImmediate(resolve));
  }
  expect(statsd()).toMatchObject({ packets: 2, malformed: 2 });
  await pipeline.reconfigure(undefined);
  await configure({ statsd: '127.0.0.1:0' });
  await sampled();
  expect(printFamilies(pipeline.families(), 'text')).toContain('landfall_statsd_malformed_total 2\n');
});
