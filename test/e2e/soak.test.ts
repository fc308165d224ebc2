import { expect, it } from 'vitest';
import { soak, type SoakOptions } from '#scripts/bench/soak-course.ts';
import { riseOf } from '#scripts/bench/growth.ts';
import { allowed } from '../support/allowed.ts';
import { LANDFALL } from './citizen.ts';

const SHORT: SoakOptions = {
  binary: LANDFALL,
  agents: 2,
  durationMs: 12_000,
  interval: '1s',
  seed: 3,
  faultMs: 1500,
  patienceMs: allowed(25_000),
  say: () => {},
};
/** With what it takes to start them. */
const TIMEOUT = SHORT.durationMs + SHORT.patienceMs + allowed(20_000);

it(
  'two agents that soak for some seconds: each line arrives, no value is wrong, nothing grows',
  { timeout: TIMEOUT },
  async () => {
    const { problems, faults, starts, versions, lines, rises } = await soak(SHORT);
    expect(problems).toEqual([]);
    // It was a soak: something was published, failed and ended meanwhile.
    expect(versions).toBeGreaterThan(1);
    expect(faults.size).toBeGreaterThan(0);
    expect(starts).toBeGreaterThan(2);
    expect(lines).toBeGreaterThan(20);
    expect(rises.every(({ most }) => most > 0)).toBe(true);
  },
);

it('a rise is that of most pairs: a burst is none, a slow leak is one, and of two points nothing is known', () => {
  const row = Array.from({ length: 100 }, (_, at) => ({ at, value: 60 + (at % 7) }));
  expect(Math.abs(riseOf(row) ?? 99)).toBeLessThan(1);
  expect(
    riseOf(row.map((point) => ({ ...point, value: point.at % 9 === 0 ? 500 : point.value }))),
  ).toBeLessThan(1);
  expect(riseOf(row.map(({ at, value }) => ({ at, value: value + at / 10 })))).toBeCloseTo(9.9, 0);
  expect(riseOf(row.slice(0, 2))).toBeUndefined();
});
