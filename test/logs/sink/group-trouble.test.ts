import { describe, expect, test } from 'vitest';
import type { AwsCalls } from '#agent/aws/aws-calls.ts';
import { LogGroupProvisioner } from '#agent/logs/sink/log-group-provisioner.ts';
import { silentLogger } from '#kit/logger.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { elapse, until } from '../../support/patience.ts';
import { groupLab, KEY, wish, type GroupLab } from '../support/group-lab.ts';

const GROUP = '/prod/web/app';
const WHOLE = wish({ retentionDays: 30, kmsKey: KEY, tags: { team: 'pay' } });

function deny({ sandbox }: GroupLab, operation: string): void {
  const effect = { status: 400, code: 'AccessDeniedException' };
  sandbox.faults.add({ service: 'logs', operation, effect });
}

describe('without leave', () => {
  test('to look, retention is set all the same, and that is said once for all groups', async () => {
    await using lab = await groupLab();
    deny(lab, 'DescribeLogGroups');
    const groups = [lab.has(GROUP, { retentionDays: 30 }), lab.has('/prod/web/audit', { retentionDays: 7 })];
    for (const { name } of groups) lab.keeper.tend(name, WHOLE);
    const rest = await lab.rest();
    expect(rest).toEqual(Array.from({ length: 2 }, () => ['DescribeLogGroups', 'PutRetentionPolicy']).flat());
    expect(groups.map(({ retentionDays, tags }) => [retentionDays, tags])).toEqual([
      [30, {}],
      [30, {}],
    ]);
    expect(lab.warnings).toEqual([
      {
        message: 'log groups may not be looked at: their retention is set, and nothing else is seen to',
        fields: {
          action: 'DescribeLogGroups',
          code: 'AccessDeniedException',
          error: expect.any(String) as string,
        },
      },
    ]);
    const unseen = { trouble: 'denied', action: 'DescribeLogGroups', code: 'AccessDeniedException' };
    expect(lab.keeper.misfits).toMatchObject(
      groups.flatMap(({ name: group }) => [
        { group, setting: 'kmsKey', ...unseen },
        { group, setting: 'tags', ...unseen },
      ]),
    );
  });

  test('to see tags, they are set all the same', async () => {
    await using lab = await groupLab();
    deny(lab, 'ListTagsForResource');
    const group = lab.has(GROUP, { tags: { team: 'ops', owner: 'ann' } });
    lab.keeper.tend(GROUP, wish({ tags: { team: 'pay' } }));
    expect(await lab.rest()).toEqual(['DescribeLogGroups', 'ListTagsForResource', 'TagResource']);
    expect(group.tags).toEqual({ team: 'pay', owner: 'ann' });
    expect(lab.warnings).toEqual([]);
  });

  test('to change one thing, the others are changed, and one warning says which it is', async () => {
    await using lab = await groupLab();
    deny(lab, 'PutRetentionPolicy');
    const group = lab.has(GROUP, { retentionDays: 7 });
    lab.keeper.tend(GROUP, WHOLE);
    await elapse(
      lab.clock,
      until(() => lab.warnings.length > 0),
    );
    expect(group).toMatchObject({ retentionDays: 7, kmsKey: KEY, tags: { team: 'pay' } });
    const misfit = {
      group: GROUP,
      setting: 'retention',
      trouble: 'denied',
      action: 'PutRetentionPolicy',
      code: 'AccessDeniedException',
      expected: '30d',
      found: '7d',
    };
    expect(lab.keeper.misfits).toMatchObject([misfit]);
    expect(lab.warnings).toMatchObject([{ fields: misfit }]);
  });
});

test('a key that AWS does not take is warned of, and no value of it is told', async () => {
  await using lab = await groupLab();
  const group = lab.has(GROUP);
  const kmsKey = 'arn:aws:kms:eu-west-1:123456789012:alias/none';
  lab.keeper.tend(GROUP, wish({ kmsKey, tags: { team: 'pay' } }));
  await lab.rest();
  expect(group).toMatchObject({ kmsKey: undefined, tags: { team: 'pay' } });
  expect(lab.keeper.misfits).toMatchObject([
    { setting: 'kmsKey', trouble: 'refused', action: 'AssociateKmsKey', code: 'InvalidParameterException' },
  ]);
  expect(JSON.stringify([lab.warnings, lab.keeper.misfits])).not.toContain('alias/none');
});

describe('what passes by itself', () => {
  test.for([
    ['DescribeLogGroups', 'ThrottlingException'],
    ['DescribeLogGroups', 'ServiceUnavailableException'],
    ['ListTagsForResource', 'ThrottlingException'],
    ['PutRetentionPolicy', 'OperationAbortedException'],
    ['AssociateKmsKey', 'OperationAbortedException'],
    ['TagResource', 'ThrottlingException'],
    ['TagResource', 'ExpiredTokenException'],
  ] as const)('%s answered with %s is tried again later', async ([operation, code]) => {
    await using lab = await groupLab();
    const effect = { status: code === 'ServiceUnavailableException' ? 503 : 400, code };
    lab.sandbox.faults.add({ service: 'logs', operation, effect, times: 3 });
    const group = lab.has(GROUP);
    lab.keeper.tend(GROUP, WHOLE);
    const rest = await lab.rest();
    expect(rest.filter((one) => one === operation)).toHaveLength(4);
    // Whoever comes again looks again: meanwhile somebody else may have done it.
    expect(rest.filter((one) => one === 'DescribeLogGroups')).toHaveLength(4);
    expect(group).toMatchObject({ retentionDays: 30, kmsKey: KEY, tags: { team: 'pay' } });
    expect(lab.keeper.misfits).toEqual([]);
    expect(lab.warnings).toEqual([]);
  });

  test.for<[string, string, string]>([
    ['DescribeLogGroups', 'a portal', '{"login":"/portal"}'],
    ['DescribeLogGroups', 'a portal that knows groups', '{"logGroups":[{"logGroupName":"/prod/web/app"}]}'],
    ['ListTagsForResource', 'a portal', '{"login":"/portal"}'],
  ])('%s answered by %s changes nothing', async ([operation, , body]) => {
    await using lab = await groupLab();
    lab.sandbox.faults.add({ service: 'logs', operation, effect: { status: 200, body }, times: 1 });
    const group = lab.has(GROUP, { tags: { team: 'pay' } });
    lab.keeper.tend(GROUP, WHOLE);
    expect(await lab.rest()).not.toContain('TagResource');
    expect(group).toMatchObject({ retentionDays: 30, kmsKey: KEY });
  });

  test.for(['DescribeLogGroups', 'TagResource'])(
    'after eight times of %s it is left as it is, told, and tried again with the next wish',
    async (operation) => {
      await using lab = await groupLab();
      const planted = lab.sandbox.faults.add({ service: 'logs', operation, effect: 'throttle' });
      const group = lab.has(GROUP);
      lab.keeper.tend(GROUP, wish({ tags: { team: 'pay' } }));
      await elapse(
        lab.clock,
        until(() => lab.warnings.length > 0),
      );
      const asked = lab.sandbox.requests.entries.filter((request) => request.operation === operation);
      expect(asked).toHaveLength(8);
      const misfit = { group: GROUP, setting: 'tags', trouble: 'throttled', action: operation };
      expect(lab.keeper.misfits).toMatchObject([misfit]);
      expect(lab.warnings).toMatchObject([{ fields: misfit }]);
      lab.sandbox.faults.remove(planted);
      lab.keeper.tend(GROUP, wish({ tags: { team: 'ops' } }));
      await lab.rest();
      expect(group.tags).toEqual({ team: 'ops' });
      expect(lab.keeper.misfits).toEqual([]);
    },
  );
});

test('case 51: of a thousand instances that boot at once, one changes the group; the others look, 9 a second at most', async () => {
  const clock = new FakeClock();
  const looks: number[] = [];
  let changes = 0;
  let retentionInDays: number | undefined;
  const arn = `arn:aws:logs:eu-west-1:111122223333:log-group:${GROUP}:*`;
  const aws: AwsCalls = {
    json: (_service, target, body) => {
      const isLook = target.endsWith('.DescribeLogGroups');
      const json = isLook ? { logGroups: [{ logGroupName: GROUP, arn, retentionInDays }] } : {};
      if (isLook) looks.push(Math.floor(clock.monotonic() / 1_000));
      else {
        changes += 1;
        ({ retentionInDays } = body as { retentionInDays: number });
      }
      return Promise.resolve({ kind: 'ok', json, text: '' });
    },
    query: () => Promise.reject(new Error('nobody asks for that')),
  };
  const { signal } = new AbortController();
  for (let instance = 0; instance < 1_000; instance += 1) {
    const random = () => instance / 1_000;
    new LogGroupProvisioner({ aws, clock, random, logger: silentLogger, signal }).tend(
      GROUP,
      wish({ retentionDays: 30 }),
    );
  }
  await clock.advance(0);
  await clock.advance(120_000);
  expect(looks).toHaveLength(1_000);
  expect(changes).toBe(1);
  const bySecond = Map.groupBy(looks, (second) => second);
  const busiest = Math.max(...[...bySecond.values()].map(({ length }) => length));
  expect(busiest).toBe(9);
});
