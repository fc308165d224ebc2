import { expect, it } from 'vitest';
import { Aggregator } from '#agent/metrics/base/aggregator.ts';
import { seriesOf, type Series } from '#agent/metrics/base/series.ts';
import { SeriesBudget } from '#agent/metrics/base/series-budget.ts';

const SERIES = seriesOf('N', 'm', 'Count', []) as Series;

function aggregatorOf(windowMs = 60_000): Aggregator {
  return new Aggregator({ windowMs, highResolution: false });
}

it('gives a window up once it is over, under the time it began', () => {
  const aggregator = aggregatorOf();
  aggregator.add(SERIES, 1, 60_000);
  aggregator.add(SERIES, 3, 119_999);
  aggregator.add(SERIES, 9, 120_000);
  expect(aggregator.closeBefore(119_999)).toEqual([]);
  expect(aggregator.closeBefore(120_000).map(({ datum }) => datum)).toEqual([
    { MetricName: 'm', Dimensions: [], Timestamp: 60, Unit: 'Count', Values: [1, 3], Counts: [1, 1] },
  ]);
  expect(aggregator.closeAll()).toMatchObject([{ datum: { Timestamp: 120, Value: 9 } }]);
});

it.each([Number.NaN, Infinity, -Infinity, 2 ** 361, -(2 ** 361)])(
  'case 71: %d is dropped and counted',
  (value) => {
    const aggregator = aggregatorOf();
    aggregator.add(SERIES, value, 0);
    expect(aggregator.invalid).toBe(1);
    expect(aggregator.closeAll()).toEqual([]);
  },
);

it('case 71: 2^360 itself goes through', () => {
  const aggregator = aggregatorOf();
  aggregator.add(SERIES, 2 ** 360, 0);
  expect(aggregator.closeAll()).toHaveLength(1);
});

it('case 75: a window that was cut by a restart becomes two data of one time, which CloudWatch adds up', () => {
  const before = aggregatorOf();
  before.add(SERIES, 5, 61_000);
  const after = aggregatorOf();
  after.add(SERIES, 7, 95_000);
  const data = [...before.closeAll(), ...after.closeAll()].map(({ datum }) => datum);
  expect(data.map(({ Timestamp }) => Timestamp)).toEqual([60, 60]);
  expect(data.reduce((sum, { Value = 0 }) => sum + Value, 0)).toBe(12);
});

it('a clock that jumps about leaves no more windows open than it may', () => {
  const aggregator = aggregatorOf();
  for (let hour = 0; hour < 50; hour += 1) aggregator.add(SERIES, 1, hour * 3_600_000);
  expect(aggregator.closeBefore(0).length).toBe(42);
});

it('high resolution is asked for by the second', () => {
  const aggregator = new Aggregator({ windowMs: 1000, highResolution: true });
  aggregator.add(SERIES, 1, 5_500);
  expect(aggregator.closeAll()).toMatchObject([{ datum: { Timestamp: 5, StorageResolution: 1 } }]);
});

it('names and values of dimensions are brought within the limits of CloudWatch', () => {
  const tags = Array.from({ length: 40 }, (_, at) => ({ name: `t${at}`, value: 'v' }));
  const series = seriesOf('N', '  größe\n', 'None', [
    { name: ':a', value: 'x'.repeat(2000) },
    { name: 'empty', value: ' ' },
    ...tags,
  ]);
  expect(series?.name).toMatch(/^gr__e-[0-9a-f]{8}$/);
  expect(series?.dimensions).toHaveLength(30);
  expect(series?.dimensions.find(({ name }) => name === '_a')?.value).toHaveLength(1024);
  expect(seriesOf('N', ' \n', 'None', [])).toBeUndefined();
});

it('case 73: a budget admits so many series an hour, and takes new ones when others have gone quiet', () => {
  const budget = new SeriesBudget(2);
  expect(['a', 'b', 'c', 'a'].map((key) => budget.admit(key, 0))).toEqual([true, true, false, true]);
  expect(budget.overflow).toBe(1);
  budget.admit('a', 3_000_000);
  expect(budget.admit('c', 3_600_000)).toBe(true);
  expect(budget.active(3_600_000)).toBe(2);
});

it('what CloudWatch cannot hold stays apart: other characters, and what is too long', () => {
  const values = [
    '\u6771\u4EAC',
    '\u5927\u962A',
    'x'.repeat(1_024),
    `${'x'.repeat(1_024)}y`,
    `${'x'.repeat(1_024)}z`,
    '__',
  ];
  const kept = values.map(
    (value) => seriesOf('N', 'depth', 'None', [{ name: 'pipe', value }])?.dimensions[0]?.value ?? '',
  );
  expect(new Set(kept).size).toBe(values.length);
  expect(kept.every((value) => value.length <= 1_024 && /^[\u0020-\u007E]+$/.test(value))).toBe(true);
  expect(kept[0]).toMatch(/^__-[0-9a-f]{8}$/);
  const names = ['caf\u00E9', 'caf\u00E8', 'caf_'].map((name) => seriesOf('N', name, 'None', [])?.name);
  expect(new Set(names).size).toBe(3);
});
