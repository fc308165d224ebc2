import { setTimeout as sleep } from 'node:timers/promises';
import { beforeEach, describe, expect, it } from 'vitest';
import { healthKey, printHealth } from '#config-service';
import { elapse } from '../support/patience.ts';
import { BOTH, opsBench, PAYROLL, TO, type OpsBench, type Ran } from './ops-bench.ts';

const HERE = [...TO, '--region', 'eu-west-1'];
const CHANGED = { ...PAYROLL, 'role/web/web.yaml': 'workers: 16\n' };
const STEPS = ['--rollout', '10%:10m,50%:10m,100%'];

let bench: OpsBench;
let first: string;
beforeEach(async () => {
  bench = await opsBench();
  await bench.run('publish', await bench.folder(PAYROLL), ...BOTH);
  first = bench.pointer('eu-west-1')?.stable.id ?? '';
  await bench.clock.advance(60_000);
});

const rollOut = async () => bench.run('publish', await bench.folder(CHANGED), ...BOTH, ...STEPS);
const candidate = (region = 'eu-west-1') => bench.pointer(region)?.candidate;
const release = () => candidate()?.release.id ?? '';

/** What instances say of the release that is being rolled out. */
function report(good: number, failed: number, region = 'eu-west-1'): void {
  for (let index = 0; index < good + failed; index += 1) {
    const code = index < failed ? 'LF_APPLY_CHECK' : null;
    const health = {
      release: release(),
      ok: code === null,
      code,
      at: '2026-11-21T00:00:00Z',
      instanceId: `i-${index}`,
      role: 'web',
      environment: null,
      zone: null,
      relocated: false,
    };
    bench.sandbox.putObject(`payroll-${region}`, `landfall/${healthKey(health)}`, printHealth(health));
  }
}

/** Five seconds, and a moment in which the sandbox answers: the hours of a rollout must not pass within one call. */
async function pass(): Promise<void> {
  await bench.clock.advance(5_000);
  await sleep(5);
}

async function passingTime(work: Promise<Ran>): Promise<Ran> {
  const over = new AbortController();
  void work.finally(() => over.abort());
  while (!over.signal.aborted) await pass();
  return work;
}

describe('a rollout that is followed', () => {
  it('halts in every region when too many instances of one fail', async () => {
    await rollOut();
    report(17, 3, 'us-east-1');
    const ran = await passingTime(bench.run('follow', ...BOTH, '--halt-on', '10%'));
    expect(ran).toMatchObject({ code: 4, err: expect.stringContaining('[LF_RELEASE_HALTED]') as string });
    const reason = '3 of 20 instances failed: 3 LF_APPLY_CHECK';
    expect(ran.out).toContain(`in eu-west-1: ${reason}`);
    for (const region of ['eu-west-1', 'us-east-1']) {
      expect(candidate(region)?.halted).toMatchObject({ reason });
      expect(bench.pointer(region)?.stable.id).toBe(first);
    }
  });

  it('goes on below the share, and ends with 0 some time after the last step', async () => {
    await rollOut();
    report(19, 1);
    const began = bench.clock.now();
    const ran = await passingTime(bench.run('follow', ...BOTH, '--halt-on', '10%', '--json'));
    expect([ran.code, JSON.parse(ran.out)]).toMatchObject([
      0,
      {
        regions: [
          { region: 'eu-west-1', state: 'complete', percent: 100, instances: { ok: 19 } },
          { region: 'us-east-1', state: 'complete' },
        ],
      },
    ]);
    // Twenty minutes of steps, and the two after the last.
    expect(bench.clock.now() - began).toBeGreaterThanOrEqual(22 * 60_000);
    expect(candidate()?.halted).toBeUndefined();
  });

  it('waits for as many failures as are asked for', async () => {
    await rollOut();
    report(0, 2);
    const once = await bench.run('follow', ...HERE, '--halt-on', '5%:3', '--once');
    expect([once.code, candidate()?.halted]).toEqual([0, undefined]);
    report(0, 3);
    expect((await bench.run('follow', ...HERE, '--halt-on', '5%:3', '--once')).code).toBe(4);
    expect(candidate()?.halted).toBeDefined();
  });

  it('is looked at, and no more, without a share', async () => {
    await rollOut();
    report(0, 9);
    const ran = await bench.run('follow', ...HERE, '--once');
    expect(ran).toMatchObject({
      code: 0,
      out: expect.stringMatching(/growing, 10% {2}0 ok, 9 LF_/) as string,
    });
  });

  it('ends with 4 when somebody halts it meanwhile', async () => {
    await rollOut();
    await bench.run('halt', ...HERE, '--reason', 'errors at login');
    const ran = await passingTime(bench.run('follow', ...BOTH));
    expect(ran).toMatchObject({ code: 4, err: expect.stringContaining('errors at login') as string });
  });

  it('is asked again when S3 throttles, and never halted for that', async () => {
    await rollOut();
    const work = bench.run('follow', ...HERE, '--halt-on', '1%');
    const asked = () => bench.sandbox.requests.entries.filter(({ service }) => service === 's3').length;
    const opened = asked() + 4;
    while (asked() < opened) await bench.clock.advance(1_000);
    bench.sandbox.faults.add({ service: 's3', effect: 'throttle', times: 8 });
    const ran = await passingTime(work);
    expect(ran).toMatchObject({ code: 0, out: expect.stringContaining('; asked again') as string });
  });

  it('may be the end of the publication itself', async () => {
    const work = bench.run('publish', await bench.folder(CHANGED), ...BOTH, ...STEPS, '--halt-on', '5%');
    const over = new AbortController();
    void work.finally(() => over.abort());
    while (!over.signal.aborted) {
      await pass();
      if (candidate()?.release && bench.keys('eu-west-1').every((key) => !key.includes('/health/')))
        report(1, 1);
    }
    const ran = await work;
    expect(ran).toMatchObject({ code: 4, err: expect.stringContaining('1 of 2 instances failed') as string });
    expect(candidate('us-east-1')?.halted).toBeDefined();
  });

  it.each([
    ['no rollout', [...HERE], 'LF_ROLLOUT_NONE'],
    ['neither a share nor an alarm that is there', [...HERE, '--halt-on', 'some'], 'LF_USAGE'],
    ['a share above all', [...HERE, '--halt-on', '101%'], 'LF_USAGE'],
    ['no duration', [...HERE, '--poll', '15'], 'LF_USAGE'],
  ])('is refused for %s', async (_, args, code) => {
    expect((await elapse(bench.clock, bench.run('follow', ...args))).err).toContain(`[${code}]`);
  });
});

/** One call about an alarm, as another program makes it. */
const query = async (region: string, fields: Readonly<Record<string, string>>): Promise<void> => {
  const authorization = `AWS4-HMAC-SHA256 Credential=AKIAOTHER/20261121/${region}/monitoring/aws4_request, SignedHeaders=host, Signature=0`;
  const body = new URLSearchParams({ Version: '2010-08-01', AlarmName: 'payroll errors', ...fields });
  const reply = await fetch(bench.sandbox.url, { method: 'POST', headers: { authorization }, body });
  expect([reply.status, await reply.text()]).toEqual([200, expect.any(String)]);
};

const put = (region: string) =>
  query(region, {
    Action: 'PutMetricAlarm',
    MetricName: 'Errors',
    ComparisonOperator: 'GreaterThanThreshold',
    EvaluationPeriods: '1',
    Threshold: '1',
  });
const raise = (region: string) =>
  query(region, { Action: 'SetAlarmState', StateValue: 'ALARM', StateReason: '7 errors' });

describe('a rollout under an alarm', () => {
  const ALARM = ['--halt-on', 'payroll errors'];
  const publishing = async (...more: readonly string[]) =>
    bench.run('publish', await bench.folder(CHANGED), ...BOTH, ...STEPS, ...ALARM, ...more);

  it('is halted in all regions when the alarm of one is in alarm', async () => {
    for (const region of ['eu-west-1', 'us-east-1']) await put(region);
    const over = new AbortController();
    const work = publishing().finally(() => over.abort());
    let raised = false;
    while (!over.signal.aborted) {
      await pass();
      if (!raised && candidate('us-east-1')) {
        raised = true;
        // Between two looks CloudWatch does not answer: that is no reason to halt, nor to stop looking.
        bench.sandbox.faults.add({
          service: 'monitoring',
          operation: 'DescribeAlarms',
          effect: 'throttle',
          times: 2,
        });
        await raise('us-east-1');
      }
    }
    const ran = await work;
    expect([ran.code, ran.err]).toEqual([4, expect.stringContaining('[LF_RELEASE_HALTED]')]);
    expect(ran.out).toContain('alarm payroll errors is in alarm: 7 errors');
    expect(ran.out).toContain('[LF_AWS_THROTTLED]; asked again');
    for (const region of ['eu-west-1', 'us-east-1'])
      expect(candidate(region)?.halted).toMatchObject({
        reason: expect.stringContaining('7 errors') as string,
      });
  });

  it('goes on to the end while it is quiet, for as long as is asked for', async () => {
    for (const region of ['eu-west-1', 'us-east-1']) await put(region);
    const began = bench.clock.now();
    expect(await passingTime(publishing('--settle', '10m'))).toMatchObject({ code: 0 });
    expect(bench.clock.now() - began).toBeGreaterThanOrEqual(30 * 60_000);
    expect(candidate()?.halted).toBeUndefined();
  });

  it('does not begin under an alarm that is raised, or is not there', async () => {
    await put('eu-west-1');
    const missing = await publishing();
    expect([missing.code, missing.err]).toEqual([2, expect.stringContaining('no such alarm in us-east-1')]);
    await put('us-east-1');
    await raise('us-east-1');
    const raised = await publishing();
    expect([raised.code, raised.err]).toEqual([15, expect.stringContaining('[LF_ALARM_RAISED]')]);
    expect(candidate()).toBeUndefined();
  });

  it('is halted when the alarm is removed: nobody would see anything any more', async () => {
    await put('eu-west-1');
    const arn = 'arn:aws:cloudwatch:eu-west-1:123456789012:alarm:payroll errors';
    await rollOut();
    const work = bench.run('follow', ...BOTH, '--halt-on', arn, '--halt-on', '50%');
    const looks = () =>
      bench.sandbox.requests.entries.filter(({ operation }) => operation === 'DescribeAlarms').length;
    // The first is before it begins.
    while (looks() < 2) await bench.clock.advance(1_000);
    await query('eu-west-1', { Action: 'DeleteAlarms', 'AlarmNames.member.1': 'payroll errors' });
    expect((await passingTime(work)).out).toContain('alarm payroll errors is gone');
  });

  it.each([
    [
      'an ARN of another region',
      ['arn:aws:cloudwatch:eu-north-1:123456789012:alarm:x'],
      'it is in eu-north-1',
    ],
    ['an ARN of something else', ['arn:aws:sns:eu-west-1:123456789012:x'], 'it is no ARN of an alarm'],
    ['two shares', ['5%', '6%'], 'two shares'],
  ])('is refused for %s', async (_, given, words) => {
    const ran = await bench.run('follow', ...BOTH, ...given.flatMap((one) => ['--halt-on', one]));
    expect([ran.code, ran.err]).toEqual([2, expect.stringContaining(words)]);
  });
});

describe('landfall-ops halt --regions', () => {
  it('halts all, and one that cannot be does not keep the others', async () => {
    await rollOut();
    bench.sandbox.deleteObject('payroll-eu-west-1', 'landfall/current.json');
    const ran = await bench.run('halt', ...BOTH, '--reason', 'errors');
    expect(ran).toMatchObject({ code: 4, err: expect.stringContaining('[LF_SOURCE_EMPTY]') as string });
    expect(ran.out).toMatch(/failed: eu-west-1: [^]*halted: \S+ in us-east-1/);
    expect(candidate('us-east-1')?.halted).toMatchObject({ reason: 'errors' });
  });

  it('says of each what became of it, and fails where nothing is rolled out at all', async () => {
    expect((await bench.run('halt', ...BOTH)).err).toContain('[LF_ROLLOUT_NONE]');
    await rollOut();
    await bench.run('rollback', ...HERE);
    const ran = await bench.run('halt', ...BOTH, '--json');
    expect([ran.code, JSON.parse(ran.out)]).toMatchObject([
      0,
      {
        regions: [
          { region: 'eu-west-1', state: 'none', changed: false },
          { region: 'us-east-1', state: 'halted', changed: true },
        ],
      },
    ]);
  });
});
