import { expect, test } from 'vitest';
import type { MetricFilter } from '#agent/logs/sink/log-group-spec.ts';
import { groupLab, wish } from '../support/group-lab.ts';

const GROUP = '/prod/web/app';

function filter(name: string, more: Partial<MetricFilter> = {}): MetricFilter {
  const metric = { metric: name, namespace: 'Landfall', value: '1', otherwise: undefined, unit: undefined };
  return { name, pattern: 'ERROR', ...metric, by: {}, ...more };
}
const stored = (name: string) => ({ name, pattern: 'x', transformation: {}, createdAt: 0 });

test('filters that are missing or differ are put, those of the entry that the plan has no more go, and no others', async () => {
  await using lab = await groupLab();
  const others = ['landfall/other/errors', 'landfall/app2/errors', 'by-hand'];
  const filters = new Map(
    ['landfall/app/old', 'landfall/app/errors', ...others].map((name) => [name, stored(name)]),
  );
  const group = lab.has(GROUP, { filters });
  const latency = filter('latency', {
    pattern: '{ $.ms = * }',
    value: '$.ms',
    unit: 'Milliseconds',
    by: { Route: '$.route' },
  });
  lab.keeper.tend(GROUP, wish({ metricFilters: [filter('errors'), latency] }));
  expect(await lab.rest()).toEqual([
    'DescribeMetricFilters',
    'DeleteMetricFilter',
    'PutMetricFilter',
    'PutMetricFilter',
  ]);
  expect([...group.filters.keys()].toSorted()).toEqual([
    'by-hand',
    'landfall/app/errors',
    'landfall/app/latency',
    'landfall/app2/errors',
    'landfall/other/errors',
  ]);
  expect(group.filters.get('landfall/app/latency')).toMatchObject({
    pattern: '{ $.ms = * }',
    transformation: {
      metricName: 'latency',
      metricNamespace: 'Landfall',
      metricValue: '$.ms',
      unit: 'Milliseconds',
      dimensions: { Route: '$.route' },
    },
  });
  expect(lab.keeper.misfits).toEqual([]);
});

test('filters that are as the plan has them cost one look, and none where the plan says nothing of any', async () => {
  await using lab = await groupLab();
  const wanted = [filter('errors', { otherwise: 0, unit: 'None' }), filter('all', { pattern: '' })];
  lab.has(GROUP);
  lab.keeper.tend(GROUP, wish({ metricFilters: wanted }));
  await lab.rest();
  // As of another instance: the same filters, asked for anew.
  lab.keeper.tend(GROUP, wish({ metricFilters: [...wanted] }));
  lab.keeper.tend(GROUP, wish({ entry: 'twin', metricFilters: [] }));
  expect(await lab.rest()).toEqual(['DescribeMetricFilters', 'DescribeMetricFilters']);
  lab.keeper.tend(GROUP, wish({ entry: 'third' }));
  expect(await lab.rest()).toEqual([]);
});

test('an empty section takes the last ones away', async () => {
  await using lab = await groupLab();
  const group = lab.has(GROUP, { filters: new Map([['landfall/app/old', stored('landfall/app/old')]]) });
  lab.keeper.tend(GROUP, wish({ metricFilters: [] }));
  expect(await lab.rest()).toEqual(['DescribeMetricFilters', 'DeleteMetricFilter']);
  expect(group.filters.size).toBe(0);
});

test('a group that is created has them from the beginning, without a look', async () => {
  await using lab = await groupLab();
  const asked = wish({ retentionDays: 7, metricFilters: [filter('errors')] });
  const creating = lab.keeper.ensure(GROUP, 'i-1', asked);
  await lab.clock.advance(1000);
  expect(await creating).toBeUndefined();
  await lab.rest();
  const asking = lab.sandbox.requests.entries.map(({ operation }) => operation).slice(0, 5);
  expect(asking).not.toContain('DescribeMetricFilters');
  expect(asking).toEqual(expect.arrayContaining(['CreateLogGroup', 'PutRetentionPolicy', 'PutMetricFilter']));
});

test('what is refused is a misfit of the group, and its retention is set all the same', async () => {
  await using lab = await groupLab();
  const group = lab.has(GROUP, { class: 'INFREQUENT_ACCESS' });
  lab.keeper.tend(GROUP, wish({ retentionDays: 30, metricFilters: [filter('errors'), filter('more')] }));
  await lab.rest();
  expect(group.retentionDays).toBe(30);
  expect(lab.keeper.misfits).toMatchObject([
    { group: GROUP, setting: 'metricFilters', action: 'PutMetricFilter', code: 'InvalidParameterException' },
  ]);
  expect(lab.warnings).toHaveLength(1);
});

test('a group that has as many as it may makes room by what goes, and one that is full is a misfit and not asked for ever', async () => {
  await using lab = await groupLab();
  const others = Array.from({ length: 99 }, (_, index) => `theirs-${index}`);
  const full = (...own: readonly string[]) =>
    new Map([...others, ...own].map((name) => [name, stored(name)] as const));
  const group = lab.has(GROUP, { filters: full('landfall/app/old') });
  lab.keeper.tend(GROUP, wish({ metricFilters: [filter('new')] }));
  await lab.rest();
  expect([group.filters.has('landfall/app/new'), lab.keeper.misfits]).toEqual([true, []]);
  lab.has('/prod/web/full', { filters: full('one-more') });
  lab.keeper.tend('/prod/web/full', wish({ metricFilters: [filter('new')] }));
  expect(await lab.rest()).toEqual(['DescribeMetricFilters', 'PutMetricFilter']);
  expect(lab.keeper.misfits).toMatchObject([{ trouble: 'quota', code: 'LimitExceededException' }]);
});
