import { describe, expect, test } from 'vitest';
import { readLogPlan } from '#agent/logs/settings/read-log-plan.ts';
import type { LogPlan } from '#agent/logs/settings/log-plan.ts';
import type { JsonObject } from '#agent/plan/json.ts';
import { describeProblem } from '#kit/errors.ts';

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
      sieve: { include: [], redact: [], outOfRange: 'reject' },
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
      sieve: {
        include: ['ERROR'],
        exclude: ['health', 'ping'],
        redact: ['card-number'],
        redactPatterns: ['ssn=\\d+'],
        maxAgeMs: 14 * 86_400_000,
      },
    });
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
    });
    expect((await read({ output: true, group: 'g' }))?.source).toEqual({ kind: 'output' });
    expect((await read({ agent: true, group: 'g' }))?.source).toEqual({ kind: 'agent' });
  });

  test.for<[string, JsonObject, string]>([
    ['no source', { group: 'g' }, 'logs.app: needs one of path, journal, output and agent'],
    ['two sources', { path: '/a', agent: true, group: 'g' }, 'needs one of path, journal, output and agent'],
    ['no group', { path: '/a' }, 'logs.app: needs group'],
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
    [
      'an event that fits no batch',
      { path: '/a', group: 'g', maxEvent: 1_048_551 },
      'maxEvent: must be a size',
    ],
  ])('%s is refused with file and line', async ([, settings, problem]) => {
    const outcome = await readLogPlan([{ name: 'app', place: PLACE, settings }]);
    expect(outcome.kind).toBe('fail');
    const problems = outcome.kind === 'fail' ? (outcome.fault.problems ?? []) : [];
    expect(problems.map(describeProblem).join('\n')).toContain(problem);
    expect(
      problems.every(
        ({ code, file, line }) => code === 'LF_PLAN_INVALID' && file === PLACE.file && line === 7,
      ),
    ).toBe(true);
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
      { name: 'a', place: PLACE, settings: { path: 'x', group: 'g:' } },
      { name: 'b', place: PLACE, settings: { path: '/x', group: 'g', from: 'middle' } },
    ]);
    expect(outcome.kind === 'fail' ? outcome.fault.problems : []).toHaveLength(3);
  });
});

async function read(settings: JsonObject): Promise<LogPlan | undefined> {
  const outcome = await readLogPlan([{ name: 'app', place: PLACE, settings }]);
  if (outcome.kind !== 'ok') throw new Error((outcome.fault.problems ?? []).map(describeProblem).join('\n'));
  return outcome.value[0];
}

function twoOfOneGroup(other: JsonObject): Parameters<typeof readLogPlan>[0] {
  return [
    {
      name: 'a',
      place: PLACE,
      settings: { path: '/a', group: '/{role}', retention: '30d', tags: { t: '1' } },
    },
    { name: 'b', place: { ...PLACE, line: 9 }, settings: { path: '/b', group: '/{role}', ...other } },
  ];
}
