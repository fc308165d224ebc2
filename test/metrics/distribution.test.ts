import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Distribution, MAX_VALUES } from '#agent/metrics/base/distribution.ts';

function of(values: readonly number[]): Distribution {
  const distribution = new Distribution();
  for (const value of values) distribution.add(value);
  return distribution;
}

function merged(...parts: readonly Distribution[]): Distribution {
  const all = new Distribution();
  for (const part of parts) all.merge(part);
  return all;
}

/** Whole numbers add up exactly in any order. */
const VALUES = fc.array(fc.integer({ min: -1_000_000, max: 1_000_000 }), { maxLength: 600 });

describe('a distribution', () => {
  it('case 72: keeps 150 distinct values as they are', () => {
    const distribution = of(Array.from({ length: 150 }, (_, at) => at / 10));
    expect(distribution.isExact).toBe(true);
    expect(distribution.entries().map(({ value }) => value)).toEqual(
      Array.from({ length: 150 }, (_, at) => at / 10),
    );
  });

  it('case 72: with the 151st still has at most 150, the number and the sum it had', () => {
    const distribution = of(Array.from({ length: 151 }, (_, at) => at));
    expect(distribution.isExact).toBe(false);
    expect(distribution.entries().length).toBeLessThanOrEqual(MAX_VALUES);
    expect(distribution.total()).toEqual({ count: 151, sum: (150 * 151) / 2 });
  });

  it('tells one value many times as one', () => {
    expect(of([0.1, 0.1, 0.1]).entries()).toEqual([{ value: 0.1, count: 3 }]);
  });

  it('keeps a percentile to within a bucket', () => {
    const entries = of(Array.from({ length: 400 }, (_, at) => 100 + at)).entries();
    let seen = 0;
    const median = entries.find(({ count }) => (seen += count) >= 200);
    expect(Math.abs((median?.value ?? 0) / 300 - 1)).toBeLessThan(0.1);
  });

  it('never has more than 150 entries, and never loses number or sum', () => {
    fc.assert(
      fc.property(VALUES, (values) => {
        const distribution = of(values);
        expect(distribution.entries().length).toBeLessThanOrEqual(MAX_VALUES);
        expect(distribution.total()).toEqual({
          count: values.length,
          sum: values.reduce((sum, value) => sum + value, 0),
        });
      }),
    );
  });

  it('is the same however it was put together', () => {
    fc.assert(
      fc.property(VALUES, VALUES, VALUES, (a, b, c) => {
        const whole = of([...a, ...b, ...c]).entries();
        expect(merged(merged(of(a), of(b)), of(c)).entries()).toEqual(whole);
        expect(merged(of(a), merged(of(b), of(c))).entries()).toEqual(whole);
        expect(merged(of(c), of(b), of(a)).entries()).toEqual(whole);
      }),
    );
  });

  it('a coarse one takes a fine one in', () => {
    const fine = Array.from({ length: 160 }, (_, at) => 1_000 + at * 8);
    const wide = Array.from({ length: 300 }, (_, at) => (at + 1) ** 3);
    const whole = of([...wide, ...fine]).entries();
    expect(merged(of(wide), of(fine)).entries()).toEqual(whole);
    expect(merged(of(fine), of(wide)).entries()).toEqual(whole);
  });

  it('holds doubles of any size in order', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, min: -1e100, max: 1e100 }), { maxLength: 400 }),
        (values) => {
          const told = of(values)
            .entries()
            .map(({ value }) => value);
          expect(told.length).toBeLessThanOrEqual(MAX_VALUES);
          expect(told).toEqual(told.toSorted((a, b) => a - b));
        },
      ),
    );
  });
});
