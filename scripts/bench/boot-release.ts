import type { BenchRow } from './bench-row.ts';
import { releaseCourse } from './boot-course.ts';
import { raceBoots } from './boot-race.ts';

/** Process start to ready in release layout, everything on loopback. */
export const bootRelease: BenchRow = {
  name: 'boot-release',
  async measure(bench) {
    await using course = await releaseCourse();
    return await raceBoots(bench, course, 15);
  },
};
