import type { BenchRow } from './bench-row.ts';
import { releaseCourse } from './boot-course.ts';
import { bootAboveFloor } from './boot-floor.ts';
import { raceBoots } from './boot-race.ts';

/** Process start to ready in release layout without a plan, everything on loopback. */
export const bootRelease: BenchRow = {
  name: 'boot-release',
  async measure(bench) {
    await using course = await releaseCourse();
    return [...(await bootAboveFloor(bench, course, 5)), ...(await raceBoots(bench, course, 15))];
  },
};
