import { setTimeout as sleep } from 'node:timers/promises';
import { bootAgent, type Resident } from './agent-process.ts';
import { atRest } from './at-rest.ts';
import type { BenchRow } from './bench-row.ts';
import { payrollCourse } from './payroll-course.ts';

/** What the daemon holds under an ordinary plan: at rest, and after many changes of a large file. */
export const payrollMemory: BenchRow = {
  name: 'payroll-memory',
  async measure(bench) {
    await using course = await payrollCourse();
    await using agent = await bootAgent({ binary: bench.binary, course, interval: '1s' });
    const seconds = bench.quick ? 10 : 30;
    const samples: Resident[] = [];
    for (let second = 0; second < seconds; second += 1) {
      await sleep(1000);
      samples.push(agent.resident());
    }
    const most = samples.reduce((a, b) => (b.all > a.all ? b : a));
    const changes = bench.quick ? 200 : 1000;
    const after = new Map<number, Resident>();
    for (let number = 1; number <= changes; number += 1) {
      course.change(number);
      await agent.refresh();
      if (number === 10 || number === changes) after.set(number, await atRest(() => agent.resident()));
      if (number % 100 === 0) bench.say(`${number} changes, ${agent.resident().all.toFixed(1)} MiB`);
    }
    const few = after.get(10) ?? NOTHING;
    const many = after.get(changes) ?? NOTHING;
    return [
      {
        what: 'resident with the plan of payroll, logs and metrics',
        value: most.all,
        unit: 'MiB',
        bar: { atMost: 72 },
        detail: `highest of ${seconds} samples in ${seconds} s; ${most.anonymous.toFixed(1)} MiB of it anonymous`,
      },
      {
        what: `resident after ${changes} changes of a file of 130 KB, against after 10`,
        value: many.all / few.all,
        unit: 'x',
        bar: { atMost: 1.05 },
        detail: `${inWords(few)} after 10, ${inWords(many)} after ${changes}; each the lowest of 5 s at rest`,
      },
    ];
  },
};

const NOTHING: Resident = { all: NaN, anonymous: NaN };

function inWords({ all, anonymous }: Resident): string {
  return `${all.toFixed(1)} MiB (${anonymous.toFixed(1)} anonymous)`;
}
