import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { lineOf, numberOf, seeded } from '#scripts/bench/peers/seeded-line.ts';

const SEED = fc.nat();
const NUMBER = fc.nat({ max: 1_000_000 });

test('a line is 100 to 200 bytes with its line feed, and says which it is', () => {
  fc.assert(
    fc.property(SEED, NUMBER, (seed, number) => {
      const line = lineOf(seed, number);
      expect(Buffer.byteLength(line)).toBeGreaterThanOrEqual(99);
      expect(Buffer.byteLength(line)).toBeLessThanOrEqual(199);
      expect(line).not.toContain('\n');
      expect(numberOf(seed, line)).toBe(number);
    }),
  );
});

test('a piece of a line, two joined lines and the line of another seed are no lines', () => {
  fc.assert(
    fc.property(SEED, NUMBER, fc.integer({ min: 1, max: 98 }), (seed, number, cut) => {
      const line = lineOf(seed, number);
      expect(numberOf(seed, line.slice(cut))).toBeUndefined();
      expect(numberOf(seed, line.slice(0, -cut))).toBeUndefined();
      expect(numberOf(seed, line + lineOf(seed, number + 1))).toBeUndefined();
      expect(numberOf(seed + 1, line)).toBeUndefined();
    }),
  );
});

test('numbers of a seed are spread evenly', () => {
  const numbers = Array.from({ length: 10_000 }, (_, index) => seeded(7, index));
  const tenths = Array.from(
    { length: 10 },
    (_, tenth) => numbers.filter((number) => Math.floor(number * 10) === tenth).length,
  );
  // Five standard deviations of a binomial distribution.
  for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(150);
});
