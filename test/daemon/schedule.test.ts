import { assert, constant, constantFrom, integer, nat, property, stringMatching, tuple } from 'fast-check';
import { expect, it } from 'vitest';
import { phaseOf, untilNextSlot } from '#agent/daemon/runtime/schedule.ts';

const instanceIds = stringMatching(/^i-[0-9a-f]{17}$/);

it('an instance keeps its place in the interval, and its place is inside of it', () => {
  assert(
    property(instanceIds, integer({ min: 1000, max: 7 * 86_400_000 }), (instanceId, intervalMs) => {
      const phase = phaseOf(instanceId, intervalMs);
      expect(phase).toBe(phaseOf(instanceId, intervalMs));
      expect(phase).toBeGreaterThanOrEqual(0);
      expect(phase).toBeLessThan(intervalMs);
    }),
  );
});

it('a fleet spreads evenly: no tenth of the interval gets much more than its tenth', () => {
  assert(
    property(constantFrom(1000, 30_000, 60_000, 3_600_000), nat(), (intervalMs, seed) => {
      const tenths = Array.from({ length: 10 }, () => 0);
      const fleet = 2000;
      for (let member = 0; member < fleet; member += 1) {
        const tenth = Math.floor((phaseOf(`i-${seed}-${member}`, intervalMs) / intervalMs) * 10);
        tenths[tenth] = (tenths[tenth] ?? 0) + 1;
      }
      // Chi-square with 9 degrees of freedom; 45 is passed by chance less than once in a million.
      const expected = fleet / 10;
      const chiSquare = tenths.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
      expect(chiSquare).toBeLessThan(45);
    }),
    { numRuns: 30, seed: 7 },
  );
});

it('the next slot is ahead, at most an interval away, and at the phase', () => {
  const cases = integer({ min: 1000, max: 3_600_000 }).chain((interval) =>
    tuple(constant(interval), integer({ min: 0, max: interval - 1 }), integer({ min: 0, max: 4e12 })),
  );
  assert(
    property(cases, ([intervalMs, phaseMs, now]) => {
      const wait = untilNextSlot(now, intervalMs, phaseMs);
      expect(wait).toBeGreaterThan(0);
      expect(wait).toBeLessThanOrEqual(intervalMs);
      expect((now + wait) % intervalMs).toBe(phaseMs);
    }),
  );
});
