import type { BenchRow } from './bench-row.ts';
import { treeCourse } from './boot-course.ts';
import { raceBoots } from './boot-race.ts';
import { startMoto } from './moto.ts';

/** Process start to ready in tree layout against moto, which answers slowly to both. */
export const bootTree: BenchRow = {
  name: 'boot-tree',
  async measure(bench) {
    await using moto = await startMoto();
    if (!moto) {
      return [
        {
          what: 'start to ready, against moto',
          skipped: "moto_server is missing: pip install 'moto[server]'",
        },
      ];
    }
    await using course = await treeCourse(moto);
    return await raceBoots(bench, course, 10);
  },
};
