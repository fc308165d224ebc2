import type { BenchRow } from './bench-row.ts';
import { bootAboveFloor } from './boot-floor.ts';
import { payrollCourse } from './payroll-course.ts';

/** Process start to ready with an ordinary plan: a schema, a template, an environment file, logs and metrics. */
export const bootPayroll: BenchRow = {
  name: 'boot-payroll',
  async measure(bench) {
    await using course = await payrollCourse();
    return await bootAboveFloor(bench, course, 6);
  },
};
