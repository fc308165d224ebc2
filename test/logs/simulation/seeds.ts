import { describe, expect, test } from 'vitest';
import { broken } from './laws.ts';
import { simulate } from './simulation.ts';

/** `LANDFALL_SEED=1234` runs that one only; `LANDFALL_SEEDS=20000` so many, from the first on. 1,000 found all that is in found-by-seeds. */
const ONLY = process.env['LANDFALL_SEED'];
const SEEDS = Number(process.env['LANDFALL_SEEDS'] ?? 300);
const BATCH = 25;
const MOST_TOLD = 6;

/** One of `parts` files of tests that run beside each other. */
export function testSeeds(part: number, parts: number): void {
  const all = ONLY === undefined ? Array.from({ length: SEEDS }, (_, index) => index + 1) : [Number(ONLY)];
  const mine = all.filter((_, index) => index % parts === part);
  describe.skipIf(mine.length === 0)('every line arrives, in order, and twice only where it must', () => {
    for (let from = 0; from < mine.length; from += BATCH) {
      const some = mine.slice(from, from + BATCH);
      test(`seeds ${some[0]} to ${some.at(-1)}`, { timeout: 240_000 }, async () => {
        const failures: string[] = [];
        for (const seed of some) failures.push(...(await failureOf(seed)));
        expect(failures.join('\n\n')).toBe('');
      });
    }
    if (mine.length === 0) test('is left to the other files', () => {});
  });
}

async function failureOf(seed: number): Promise<readonly string[]> {
  const story = await simulate(seed);
  const problems = broken(story);
  if (problems.length === 0) return [];
  const command = `LANDFALL_SEED=${seed} npx vitest run test/logs/simulation`;
  return [[command, ...problems.slice(0, MOST_TOLD), JSON.stringify(story.scenario)].join('\n')];
}
