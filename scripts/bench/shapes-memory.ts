import { setTimeout as sleep } from 'node:timers/promises';
import { bootAgent, type AgentProcess, type Resident } from './agent-process.ts';
import type { BenchRow } from './bench-row.ts';
import { releaseCourse, type BootCourse } from './boot-course.ts';
import { median } from './median.ts';
import { SHAPES, startShapeClients } from './shape-clients.ts';

const CLIENTS_OF_EACH = 10;

/** What shapes cost an agent that polls every second: turned off and on, the latter with clients of each on connections of their own. */
export const shapesMemory: BenchRow = {
  name: 'shapes-memory',
  async measure(bench) {
    await using course = await releaseCourse();
    const ready = { off: [] as number[], on: [] as number[] };
    const held = { off: [] as Resident[], on: [] as Resident[] };
    for (let run = 0; run < (bench.quick ? 2 : 5); run += 1) {
      for (const shapes of ['off', 'on'] as const) {
        await using agent = await boot(bench.binary, course, shapes);
        await using clients = shapes === 'on' ? startShapeClients(agent.port, CLIENTS_OF_EACH) : undefined;
        ready[shapes].push(agent.readyMs);
        held[shapes].push(await most(agent, bench.quick ? 6 : 15));
        clients?.check();
      }
      const [off, on] = [held.off.at(-1)?.all, held.on.at(-1)?.all];
      bench.say(`${off?.toFixed(1)} and ${on?.toFixed(1)} MiB`);
    }
    const [off, on] = [held.off, held.on].map((list) => median(list.map(({ all }) => all)));
    const [readyOff, readyOn] = [median(ready.off), median(ready.on)];
    return [
      {
        what: `resident with all shapes and ${CLIENTS_OF_EACH} clients of each, more than without`,
        value: (on ?? NaN) - (off ?? NaN),
        unit: 'MiB',
        bar: { atMost: 8 },
        detail: `${on?.toFixed(1)} and ${off?.toFixed(1)} MiB, medians of ${held.on.length}, each the highest of its samples`,
      },
      {
        what: 'start to ready with all shapes, later than without',
        value: readyOn - readyOff,
        unit: 'ms',
        bar: { atMost: 30 },
        detail: `${readyOn.toFixed(0)} and ${readyOff.toFixed(0)} ms, medians of ${ready.on.length}, by turns`,
      },
    ];
  },
};

function boot(binary: string, course: BootCourse, shapes: 'off' | 'on'): Promise<AgentProcess> {
  const env = shapes === 'on' ? { env: { LANDFALL_COMPAT: SHAPES.join(',') } } : {};
  return bootAgent({ binary, course, interval: '1s', ...env });
}

async function most(agent: AgentProcess, seconds: number): Promise<Resident> {
  let highest = agent.resident();
  for (let second = 0; second < seconds; second += 1) {
    await sleep(1000);
    const now = agent.resident();
    if (now.all > highest.all) highest = now;
  }
  return highest;
}
