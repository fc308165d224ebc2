import { describe, expect, it } from 'vitest';
import { CHART, islandOf } from '#agent/dashboard/page/island.ts';
import { PARTITION_TABLE } from '../../config-service/region/tables/partition-table.ts';

const REGIONS = PARTITION_TABLE.flatMap(({ regions }) => [...regions]);

describe('the island of a region', () => {
  it('is the same on every instance', () => {
    expect(islandOf('eu-west-1')).toEqual(islandOf('eu-west-1'));
  });

  it('is that of no other region', () => {
    const coasts = REGIONS.map((region) => islandOf(region).land[0]);
    expect(coasts.length).toBeGreaterThan(30);
    expect(new Set(coasts).size).toBe(coasts.length);
  });

  it.each(REGIONS)('%s has its coast and its peak on the chart', (region) => {
    const { land, peak } = islandOf(region);
    const numbers = [...(land[0] ?? '').matchAll(/-?\d+(?:\.\d+)?/g)].map(([text]) => Number(text));
    expect(numbers.every((number) => number > 0 && number < CHART)).toBe(true);
    expect(peak.every((at) => at > CHART / 4 && at < (3 * CHART) / 4)).toBe(true);
  });
});
