import { describe, expect, test } from 'vitest';
import { readLogPlan } from '#agent/logs/settings/read-log-plan.ts';
import type { LogPlan } from '#agent/logs/entry/log-plan.ts';
import type { JsonObject } from '#agent/plan/json.ts';
import { describeProblem } from '#kit/errors.ts';
import { planMap } from '../../support/plan-map.ts';

const PLACE = { file: 'base/plan.yaml', line: 7 };

describe('the logs of a plan', () => {
  test('the entry of the contract is read', async () => {
    const plan = await read({
      path: '/var/log/payroll/*.log',
      group: '/{environment}/{role}/app',
      stream: '{instanceId}',
      retention: '30d',
    });
    expect(plan).toMatchObject({
      name: 'app',
      source: {
        kind: 'files',
        rules: { globs: { include: ['/var/log/payroll/*.log'], exclude: [] }, startAt: 'beginning' },
      },
      wish: { retentionDays: 30 },
      filter: { include: [], redact: [], outOfRange: 'reject' },
    });
  });

  test('everything that can be set is read', async () => {
    const plan = await read({
      path: ['/a/*.log', '/b.log'],
      exclude: '/a/*.tmp',
      group: 'g',
      class: 'infrequent-access',
      kmsKey: 'arn:aws:kms:eu-west-1:1:key/k',
      tags: { team: 'pay', cost: 7 },
      encoding: 'UTF-16',
      multiline: { start: '^\\d{4}-', flush: '2s' },
      timestamp: { format: '%Y-%m-%d %H:%M:%S', zone: 'Europe/Dublin' },
      filter: { include: 'ERROR', exclude: ['health', 'ping'] },
      redact: ['card-number', { pattern: 'ssn=\\d+' }],
      from: 'end',
      inherited: 'ship',
      maxEvent: '256KiB',
      maxAge: '14d',
      outOfRange: 'restamp',
    });
    expect(plan).toMatchObject({
      source: {
        rules: {
          startAt: 'end',
          inherited: 'ship',
          flushMs: 2_000,
          text: { encoding: 'UTF-16', maxEventBytes: 262_144 },
        },
      },
      stream: { text: '{instanceId}' },
      wish: { class: 'INFREQUENT_ACCESS', tags: { team: 'pay', cost: '7' } },
      filter: {
        include: ['ERROR'],
        exclude: ['health', 'ping'],
        redact: ['card-number'],
        redactPatterns: ['ssn=\\d+'],
        maxAgeMs: 14 * 86_400_000,
      },
    });
  });

  test('metric filters are read as CloudWatch takes them, and an empty section is one', async () => {
    const filtered = { path: '/a', group: 'g' };
    const metricFilters = {
      errors: { pattern: 'ERROR', metric: 'AppErrors', default: 0 },
      ms: {
        pattern: '{ $.ms = * }',
        value: '$.ms',
        unit: 'Milliseconds',
        namespace: 'Pay',
        by: { R: '$.r' },
      },
    };
    const { wish } = (await read({ ...filtered, metricFilters })) ?? {};
    expect(wish?.metricFilters).toEqual([
      {
        name: 'errors',
        pattern: 'ERROR',
        metric: 'AppErrors',
        namespace: 'Landfall',
        value: '1',
        otherwise: 0,
        unit: undefined,
        by: {},
      },
      {
        name: 'ms',
        pattern: '{ $.ms = * }',
        metric: 'ms',
        namespace: 'Pay',
        value: '$.ms',
        otherwise: undefined,
        unit: 'Milliseconds',
        by: { R: '$.r' },
      },
    ]);
    expect((await read({ ...filtered, metricFilters: {} }))?.wish.metricFilters).toEqual([]);
    expect((await read(filtered))?.wish.metricFilters).toBeUndefined();
  });

  test('the journal, output of commands and the own log are sources, too', async () => {
    const journal = await read({
      journal: { units: 'nginx.service', priority: 'err', matches: ['_UID=0'] },
      group: 'g',
    });
    expect(journal?.source).toEqual({
      kind: 'journal',
      units: ['nginx.service'],
      priority: 3,
      matches: ['_UID=0'],
      namespace: undefined,
      from: 'start',
      inherited: 'skip',
      format: 'auto',
      multiline: undefined,
      flushMs: 5_000,
      time: undefined,
    });
    expect((await read({ output: true, group: 'g' }))?.source).toEqual({ kind: 'output', format: 'auto' });
    expect((await read({ agent: true, group: 'g' }))?.source).toEqual({ kind: 'agent' });
  });

  test.for<[string, JsonObject, string]>([
    ['no source', { group: 'g' }, 'logs.app: needs one of path, journal, output, agent and emf'],
    [
      'two sources',
      { path: '/a', agent: true, group: 'g' },
      'needs one of path, journal, output, agent and emf',
    ],
    ['no group', { path: '/a' }, 'logs.app: needs group'],
    [
      'metric filters: no pattern',
      { path: '/a', group: 'g', metricFilters: { errors: {} } },
      'logs.app.metricFilters.errors: needs pattern; "" matches every event',
    ],
    [
      'metric filters: a value that is none',
      { path: '/a', group: 'g', metricFilters: { ms: { pattern: '', value: 'ms' } } },
      'must be a number, or a field of the event such as $.ms',
    ],
    [
      'metric filters: a field of a pattern of words, which has none',
      { path: '/a', group: 'g', metricFilters: { e: { pattern: '?ERROR ?WARN', by: { A: '$.a' } } } },
      'logs.app.metricFilters.e.pattern: must be one of JSON, { ... }, or of columns, [ ... ]',
    ],
    [
      'metric filters: a default beside dimensions',
      {
        path: '/a',
        group: 'g',
        metricFilters: { e: { pattern: '{ $.a = 1 }', default: 0, by: { A: '$.a' } } },
      },
      'logs.app.metricFilters.e.default: cannot be told beside `by`',
    ],
    [
      'metric filters: in the namespace of AWS',
      { path: '/a', group: 'g', metricFilters: { e: { pattern: '', namespace: 'AWS/EC2' } } },
      'a namespace must not begin with AWS/',
    ],
    [
      'metric filters: of a class that has none',
      { path: '/a', group: 'g', class: 'infrequent-access', metricFilters: { e: { pattern: '' } } },
      'no group of class infrequent-access has any',
    ],
    ['a slip of the pen', { path: '/a', group: 'g', retentoin: '30d' }, 'did you mean retention?'],
    [
      'case 34: a fate of what is inherited that there is not',
      { path: '/a', group: 'g', inherited: 'send' },
      'logs.app.inherited: must be skip or ship',
    ],
    ['case 34: nearly its name', { path: '/a', group: 'g', inherit: 'ship' }, 'did you mean inherited?'],
    ['a relative path', { path: 'a.log', group: 'g' }, '"a.log" is no absolute path'],
    ['a placeholder nobody knows', { path: '/a', group: '/{enviroment}' }, 'did you mean {environment}?'],
    ['a number of days nobody keeps', { path: '/a', group: 'g', retention: '10d' }, 'the nearest is 7d'],
    [
      'an encoding nobody knows',
      { path: '/a', group: 'g', encoding: 'klingon' },
      'logs.app.encoding: must be',
    ],
    [
      'case 42: a pattern that is none',
      { path: '/a', group: 'g', filter: { include: '(' } },
      '"(" is no RE2 pattern',
    ],
    [
      'case 42: a multiline pattern that is none',
      { path: '/a', group: 'g', multiline: { start: 'x{2,1}' } },
      'is no RE2 pattern',
    ],
    ['a redaction nobody knows', { path: '/a', group: 'g', redact: ['cards'] }, 'must be one of aws-key'],
    [
      'a zone nobody lives in',
      { path: '/a', group: 'g', timestamp: { format: 'iso', zone: 'Mars' } },
      'must be UTC, local',
    ],
    [
      'an option in place of a match',
      { journal: { matches: ['--vacuum-size=1'] }, group: 'g' },
      'not of the form FIELD=value',
    ],
    [
      'a class nobody sells',
      { path: '/a', group: 'g', class: 'cheap' },
      'must be standard or infrequent-access',
    ],
    ...['alias/logs', 'mrk-1', 'arn:aws:s3:::bucket'].map((kmsKey): [string, JsonObject, string] => [
      `a key called ${kmsKey}`,
      { path: '/a', group: 'g', kmsKey },
      'kmsKey: must be the ARN of a KMS key',
    ]),
    ...['encoding', 'maxEvent', 'longLines', 'exclude', 'ignoreOlder'].map(
      (setting): [string, JsonObject, string] => [
        `${setting} of a journal`,
        { journal: {}, group: 'g', [setting]: '1KiB' },
        `logs.app.${setting}: is for path only: here it would do nothing`,
      ],
    ),
    ...['multiline', 'timestamp', 'from', 'inherited'].map((setting): [string, JsonObject, string] => [
      `${setting} of output`,
      { output: true, group: 'g', [setting]: {} },
      `logs.app.${setting}: is for path and journal only`,
    ]),
    [
      'a format of files',
      { path: '/a', group: 'g', format: 'json' },
      'logs.app.format: is for journal and output only',
    ],
    [
      'a format of the own log',
      { agent: true, group: 'g', format: 'json' },
      'is for journal and output only',
    ],
    [
      'a format nobody knows',
      { output: { format: 'jsn' }, group: 'g' },
      'logs.app.output.format: did you mean json?',
    ],
    [
      'a placeholder without a format',
      { path: '/a', group: 'g', multiline: { start: '{timestamp_format}' } },
      'multiline.start: needs timestamp',
    ],
    [
      'a pattern that fits every line',
      {
        path: '/a',
        group: 'g',
        timestamp: { format: '%F %T' },
        multiline: { start: '{timestamp_format} |' },
      },
      'fits every line, so that it tells none from another; a | that is meant as a letter is written \\|',
    ],
    ['a property in a path', { path: '/a/${x}.log', group: 'g' }, 'holds ${...}'],
    ['a placeholder in a path', { path: '/a/{role}/*.log', group: 'g' }, 'holds {role}'],
    ['a placeholder of a tag in a path', { path: '/a/{tag:x}.log', group: 'g' }, 'holds {tag:x}'],
    ['a folder as path', { path: '/var/log/', group: 'g' }, 'is a folder'],
    [
      'a retention in seconds',
      { path: '/a', group: 'g', retention: 30 },
      'retention: must have a unit: 30d for 30 days',
    ],
    [
      'an event that fits no batch',
      { path: '/a', group: 'g', maxEvent: 1_048_551 },
      'maxEvent: must be a size',
    ],
  ])('%s is refused with file and line', async ([, settings, problem]) => {
    const outcome = await readLogPlan([{ name: 'app', settings: planMap(settings, PLACE) }]);
    expect(outcome.kind).toBe('fail');
    const problems = outcome.kind === 'fail' ? (outcome.fault.problems ?? []) : [];
    expect(problems.map(describeProblem).join('\n')).toContain(problem);
    expect(
      problems.every(
        ({ code, file, line }) => code === 'LF_PLAN_INVALID' && file === PLACE.file && line === 7,
      ),
    ).toBe(true);
  });

  test.each<[JsonObject, readonly boolean[]]>([
    [{ timestamp: { format: '%F %T' }, multiline: { start: '{timestamp_format}' } }, [true, false]],
    [{ timestamp: { format: '%F %T' }, multiline: { start: '{datetime_format}' } }, [true, false]],
    [{ timestamp: { format: 'iso' }, multiline: { start: '{timestamp_format}' } }, [true, false]],
    [{ timestamp: { format: 'iso' }, multiline: { start: '^{timestamp_format} x' } }, [true, false]],
    [{ timestamp: { format: '%F %T' }, multiline: { start: '^{timestamp_format} x' } }, [true, false]],
    [{ timestamp: { format: '%F %T' }, multiline: { continue: '{timestamp_format}' } }, [false, true]],
  ])('a record starts where the format of timestamp fits: %j', async (settings, expected) => {
    const source = (await read({ path: '/a', group: 'g', ...settings }))?.source;
    const multiline = source?.kind === 'files' ? source.rules.text.multiline : undefined;
    const lines = ['2026-11-21 10:00:00 x', 'second line'];
    expect(lines.map((line) => multiline?.pattern(line))).toEqual(expected);
  });

  test.each<[JsonObject, string]>([
    [{ journal: { format: 'json' } }, 'json'],
    [{ journal: {}, format: 'message' }, 'message'],
    [{ output: { format: 'syslog' } }, 'syslog'],
    [{ output: true, format: 'json' }, 'json'],
    [{ output: {} }, 'auto'],
  ])('a format of records: %j', async (settings, format) => {
    expect((await read({ group: 'g', ...settings }))?.source).toMatchObject({ format });
  });

  test('entries of one group agree on what it is like, or say nothing of it', async () => {
    for (const other of [{}, { retention: '30d', tags: { u: '2' } }, { group: '/other', retention: '7d' }]) {
      expect(await readLogPlan(twoOfOneGroup(other))).toMatchObject({ kind: 'ok' });
    }
    const outcome = await readLogPlan(twoOfOneGroup({ retention: '7d', tags: { t: '2' } }));
    const problems = outcome.kind === 'fail' ? (outcome.fault.problems ?? []) : [];
    expect(problems.map(describeProblem)).toEqual([
      'base/plan.yaml:9: logs.b.retention: logs.a wants another for the same group',
      'base/plan.yaml:9: logs.b.tags.t: logs.a wants another for the same group',
    ]);
  });

  test('all that is wrong is told at once', async () => {
    const outcome = await readLogPlan([
      { name: 'a', settings: planMap({ path: 'x', group: 'g:' }) },
      { name: 'b', settings: planMap({ path: '/x', group: 'g', from: 'middle' }) },
    ]);
    expect(outcome.kind === 'fail' ? outcome.fault.problems : []).toHaveLength(3);
  });
});

async function read(settings: JsonObject): Promise<LogPlan | undefined> {
  const outcome = await readLogPlan([{ name: 'app', settings: planMap(settings, PLACE) }]);
  if (outcome.kind !== 'ok') throw new Error((outcome.fault.problems ?? []).map(describeProblem).join('\n'));
  return outcome.value[0];
}

function twoOfOneGroup(other: JsonObject): Parameters<typeof readLogPlan>[0] {
  return [
    {
      name: 'a',
      settings: planMap({ path: '/a', group: '/{role}', retention: '30d', tags: { t: '1' } }, PLACE),
    },
    { name: 'b', settings: planMap({ path: '/b', group: '/{role}', ...other }, { ...PLACE, line: 9 }) },
  ];
}
