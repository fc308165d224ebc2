import { rmSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Checkpoint } from '#agent/logs/base/checkpoints.ts';
import type { LogShipper } from '#agent/logs/log-shipper.ts';
import type { PatternSample } from '#agent/logs/pattern-counts.ts';
import { readLogPlan } from '#agent/logs/settings/read-log-plan.ts';
import { compilePatterns, type PatternRule } from '#agent/logs/text/pattern-match.ts';
import type { JsonObject } from '#agent/plan/json.ts';
import { callsAt } from '../support/aws-calls.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { elapse, until } from '../support/patience.ts';
import { recordingSink } from './support/recording-sink.ts';
import { entry, FACTS, shipperLab, type ShipperLab } from './support/shipper-lab.ts';

const PATIENCE_MS = 3_600_000;
const RULE: PatternRule = {
  name: 'x',
  metric: 'x',
  match: undefined,
  where: [],
  value: undefined,
  unit: 'Count',
  by: [],
};

const hitsOf = async (rule: Partial<PatternRule>, line: string) =>
  (await compilePatterns([{ ...RULE, ...rule }]))(line).map(({ value, labels }) => [value, ...labels]);

describe('a pattern', () => {
  it.each<[string, Partial<PatternRule>, string, readonly unknown[]]>([
    ['counts a line once, however often it is met', { match: 'ERROR' }, 'ERROR after ERROR', [[1]]],
    ['counts no other line', { match: 'ERROR' }, 'INFO', []],
    [
      'reads a number of a group',
      { match: 'took (?P<ms>[0-9.]+) ms', value: 'ms' },
      'took 12.5 ms',
      [[12.5]],
    ],
    ['passes over what is no number', { match: 'took (?P<ms>\\S+)', value: 'ms' }, 'took long', []],
    [
      'is parted by groups',
      { match: '(?P<method>GET|PUT) (?P<path>\\S+)', by: ['method'] },
      'GET /x',
      [[1, 'GET']],
    ],
    ['has an empty label where a group is not there', { match: 'a(?P<b>b)?', by: ['b'] }, 'a', [[1, '']]],
    [
      'reads fields of JSON',
      { where: [['$.level', 'ERROR']], value: '$.http.ms', by: ['$.http.ok'] },
      '{"level":"ERROR","http":{"ms":7,"ok":true}}',
      [[7, 'true']],
    ],
    ['compares fields of JSON as texts', { where: [['$.status', '500']] }, '{"status":500}', [[1]]],
    ['finds no field in a prototype', { where: [['$.constructor.name', 'Object']] }, '{}', []],
    ['finds nothing in what is cut off', { where: [['$.a', '1']] }, '{"a":1', []],
    ['looks no further than 16 KiB', { match: 'END' }, `${'x'.repeat(20_000)}END`, []],
  ])('%s', async (_, rule, line, hits) => {
    expect(await hitsOf(rule, line)).toEqual(hits);
  });

  it('that would backtrack for years takes no longer than another one', async () => {
    const match = await compilePatterns([{ ...RULE, match: '^(a+)+$' }]);
    const since = performance.now();
    expect(match(`${'a'.repeat(16_000)}!`)).toEqual([]);
    expect(performance.now() - since).toBeLessThan(5_000);
  });

  it.each<[JsonObject, string]>([
    [{ match: '(' }, 'logs.app.patterns.x.match: "(" is no RE2 pattern'],
    [{ match: 'a', value: 'ms' }, 'patterns.x.value: must be a group of match'],
    [{ match: 'a', by: ['$.a', 'user'] }, 'patterns.x.by: each must be a group of match'],
    [{ match: '(?P<entry>a)', by: ['entry'] }, 'patterns.x.by: names twice the same, or entry or pattern'],
    [{ match: 'a', unit: 'Parsecs' }, 'patterns.x.unit: must be None, Count'],
    [{ where: { level: 'ERROR' } }, 'patterns.x.where: level is no path of JSON'],
    [{ metric: 'M' }, 'patterns.x: needs match, where or a value'],
    [{ match: 'a', metrics: 'M' }, 'patterns.x.metrics: there is no such setting; did you mean metric?'],
  ])('is refused: %j', async (pattern, message) => {
    const read = await readLogPlan([
      entry('app', { path: '/x/*.log', group: 'g', patterns: { x: pattern } }),
    ]);
    expect(read.kind === 'fail' ? read.fault.problems?.map((problem) => problem.message) : []).toEqual([
      expect.stringContaining(message),
    ]);
  });
});

const PATTERNS = {
  errors: { match: 'ERROR', metric: 'AppErrors' },
  latency: {
    match: 'took (?P<ms>[0-9]+) ms by (?P<who>\\w+)',
    value: 'ms',
    unit: 'Milliseconds',
    by: ['who'],
  },
};

const matchesOf = (shipper: LogShipper): Readonly<Record<string, number>> =>
  Object.fromEntries(
    (shipper.families().find(({ name }) => name === 'landfall_log_pattern_matches')?.samples ?? []).map(
      ({ labels = {}, value }) => [`${labels['pattern']} ${labels['who'] ?? ''}`.trim(), value],
    ),
  );

const linesOf = (from: number, to: number): readonly string[] =>
  Array.from(
    { length: to - from },
    (_, index) => `${index % 2 === 0 ? 'ERROR' : 'INFO'} took ${index % 3} ms by u${index % 2}`,
  );
const plan = (lab: ShipperLab, patterns: JsonObject = PATTERNS) => [
  entry('app', { path: `${lab.folder}/*.log`, group: 'g', patterns }),
];

describe('patterns of an entry', () => {
  it('are counted and handed on with labels, unit and time of the line', async () => {
    const clock = new FakeClock();
    using lab = shipperLab();
    await using sink = await recordingSink(() => clock.now());
    const samples: PatternSample[] = [];
    const shipper = lab.start({ aws: callsAt(sink.url), clock, onSample: (sample) => samples.push(sample) });
    await elapse(clock, shipper.reconfigure(plan(lab), FACTS));
    expect(matchesOf(shipper)).toEqual({ errors: 0 });
    lab.write('a.log', 'ERROR took 20 ms by ann');
    await elapse(
      clock,
      until(() => matchesOf(shipper)['errors'] === 1),
    );
    expect(samples).toMatchObject([
      { metric: 'AppErrors', unit: 'Count', value: 1, dimensions: [] },
      { metric: 'latency', unit: 'Milliseconds', value: 20, dimensions: [{ name: 'who', value: 'ann' }] },
    ]);
    const sum = shipper.families().find(({ name }) => name === 'landfall_log_pattern_value_sum');
    expect(sum?.samples).toEqual([{ labels: { entry: 'app', pattern: 'latency', who: 'ann' }, value: 20 }]);
    await elapse(clock, shipper.drain(PATIENCE_MS));
  });

  it('count each line once, whatever checkpoint a kill leaves', async () => {
    const clock = new FakeClock();
    using lab = shipperLab();
    await using sink = await recordingSink(() => clock.now());
    const left: ReadonlyMap<string, Checkpoint>[] = [new Map()];
    const save = lab.checkpoints.save.bind(lab.checkpoints);
    lab.checkpoints.save = async (pages) => {
      const saved = await save(pages);
      left.push(lab.checkpoints.kept);
      return saved;
    };
    const first = lab.start({ aws: callsAt(sink.url), clock });
    await elapse(clock, first.reconfigure(plan(lab), FACTS));
    for (let at = 0; at < 400; at += 100) {
      lab.write('a.log', ...linesOf(at, at + 100));
      await elapse(
        clock,
        until(() => matchesOf(first)['errors'] === (at + 100) / 2),
      );
      await clock.advance(1500);
    }
    const whole = matchesOf(first);
    expect(whole).toEqual({ errors: 200, 'latency u0': 200, 'latency u1': 200 });
    expect(left.length).toBeGreaterThan(4);
    for (const checkpoints of left.slice(0, 8)) {
      lab.checkpoints.kept = checkpoints;
      const next = lab.start({ aws: callsAt(sink.url), clock });
      await elapse(clock, next.reconfigure(plan(lab), FACTS));
      // Labels are told again once they are met again.
      lab.write('b.log', ...linesOf(0, 2));
      await elapse(
        clock,
        until(() => (matchesOf(next)['errors'] ?? 0) >= 201),
      );
      await clock.advance(1500);
      expect(matchesOf(next)).toEqual({ errors: 201, 'latency u0': 201, 'latency u1': 201 });
      await elapse(clock, next.drain(0));
      rmSync(`${lab.folder}/b.log`);
    }
    await elapse(clock, first.drain(0));
  });

  it('leave no byte of a log in the checkpoints, and none that is redacted in a label', async () => {
    const clock = new FakeClock();
    using lab = shipperLab();
    await using sink = await recordingSink(() => clock.now());
    const shipper = lab.start({ aws: callsAt(sink.url), clock });
    const settings = {
      path: `${lab.folder}/*.log`,
      group: 'g',
      patterns: PATTERNS,
      redact: [{ pattern: 'canary\\w+' }],
    };
    await elapse(clock, shipper.reconfigure([entry('app', settings)], FACTS));
    lab.write('a.log', 'took 1 ms by ann', 'took 1 ms by canary7');
    await elapse(
      clock,
      until(() => Object.keys(matchesOf(shipper)).length >= 2),
    );
    await elapse(clock, shipper.drain(PATIENCE_MS));
    expect(JSON.stringify([...lab.checkpoints.kept])).toContain('patterns/app');
    expect(JSON.stringify([...lab.checkpoints.kept])).not.toContain('ann');
    expect(JSON.stringify(shipper.families())).not.toContain('canary7');
  });

  it('are bounded in what they are parted by', async () => {
    const clock = new FakeClock();
    using lab = shipperLab();
    await using sink = await recordingSink(() => clock.now());
    const shipper = lab.start({ aws: callsAt(sink.url), clock });
    await elapse(clock, shipper.reconfigure(plan(lab), FACTS));
    lab.write('a.log', ...Array.from({ length: 300 }, (_, index) => `took 1 ms by user${index}`));
    await elapse(
      clock,
      until(
        () => matchesOf(shipper)['latency'] !== undefined || Object.keys(matchesOf(shipper)).length > 100,
      ),
    );
    await elapse(clock, shipper.drain(PATIENCE_MS));
    const counts = Object.entries(matchesOf(shipper)).filter(([name]) => name.startsWith('latency'));
    expect([counts.length, counts.reduce((sum, [, count]) => sum + count, 0)]).toEqual([101, 300]);
    expect(matchesOf(shipper)['latency (other)']).toBe(200);
  });
});
