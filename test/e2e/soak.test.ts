import { expect, it } from 'vitest';
import { soak, type SoakOptions } from '#scripts/bench/soak-course.ts';
import type { SoakSample } from '#scripts/bench/soak-agent.ts';
import { risesOf, type SoakRow } from '#scripts/bench/soak-growth.ts';
import { riseOf } from '#scripts/bench/growth.ts';
import { randomFrom } from '#scripts/bench/seeded-random.ts';
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

it('a line that does not arrive is told, with who lost how many', { timeout: TIMEOUT }, async () => {
  // Kept back by a filter: the agent takes it for one that nobody wants, and tells of no loss.
  const { problems, lines } = await soak({
    ...SHORT,
    durationMs: 6000,
    faultMs: 60_000,
    patienceMs: allowed(6000),
    logRules: 'filter: { exclude: ["line 3 of"] }',
  });
  expect(lines).toBeGreaterThan(8);
  expect(problems.toSorted()).toEqual([
    expect.stringMatching(/^i-0+1 lost 1 of \d+ lines$/),
    expect.stringMatching(/^i-0+2 lost 1 of \d+ lines$/),
  ]);
});

/** Ten minutes of an agent, a look a second, with what `leaks` in each minute; as restless as a real one is. */
function tenMinutes(leaks: Partial<SoakSample>): SoakRow {
  const random = randomFrom(7);
  return Array.from({ length: 600 }, (_, second) => {
    const grown = (what: keyof SoakSample): number => Math.floor(second / 60) * (leaks[what] ?? 0);
    return {
      at: second * 1000,
      residentMiB: 67 + 2 * random() + Math.min(1, second / 60) + grown('residentMiB'),
      descriptors: 26 + Math.floor(5 * random()) + grown('descriptors'),
      files: 8 + (random() < 0.1 ? 1 : 0) + grown('files'),
    };
  });
}

it.each(['residentMiB', 'descriptors', 'files'] as const)(
  'a leak of one a minute is told in a soak of ten minutes (%s), and nothing else is',
  (what) => {
    const grew = (samples: SoakRow): readonly string[] =>
      risesOf([
        { lives: true, samples },
        { lives: true, samples: tenMinutes({}) },
      ])
        .filter(({ rise, mayRise }) => !(rise <= mayRise))
        .map((rise) => rise.what);
    expect(grew(tenMinutes({ [what]: 1 }))).toEqual([what]);
    expect(grew(tenMinutes({}))).toEqual([]);
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
