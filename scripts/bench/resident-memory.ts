import { setTimeout as sleep } from 'node:timers/promises';
import { bootAgent, type Resident } from './agent-process.ts';
import type { BenchRow } from './bench-row.ts';
import { releaseCourse } from './boot-course.ts';

/** What the daemon holds while it polls every second, API up and nobody asking. */
export const residentMemory: BenchRow = {
  name: 'memory',
  async measure(bench) {
    await using course = await releaseCourse();
    await using agent = await bootAgent({ binary: bench.binary, course, interval: '1s' });
    const seconds = bench.quick ? 6 : 30;
    const samples: Resident[] = [];
    for (let second = 0; second < seconds; second += 1) {
      await sleep(1000);
      samples.push(agent.resident());
    }
    const most = samples.reduce((a, b) => (b.all > a.all ? b : a));
    const detail = `highest of ${seconds} samples in ${seconds} s; ${most.anonymous.toFixed(1)} MiB of it anonymous`;
    return [
      { what: 'resident, polling every second', value: most.all, unit: 'MiB', bar: { atMost: 70 }, detail },
    ];
  },
};
