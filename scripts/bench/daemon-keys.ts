import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { bootAgent } from './agent-process.ts';
import type { BenchRow, Finding } from './bench-row.ts';
import { keysCourse } from './keys-course.ts';
import { median } from './median.ts';

const FEW = 10;
const MANY = 10_000;

/** What many keys cost the daemon as it runs, compilers off: at its start, and whoever asks it while it takes up a change. */
export const daemonKeys: BenchRow = {
  name: 'daemon-keys',
  async measure(bench) {
    await using few = await keysCourse(FEW);
    await using many = await keysCourse(MANY);
    const ready = { few: [] as number[], many: [] as number[] };
    const stalls: number[] = [];
    for (let run = 0; run < (bench.quick ? 3 : 9); run += 1) {
      await using small = await bootAgent({ binary: bench.binary, course: few, interval: '1h' });
      ready.few.push(small.readyMs);
      await using large = await bootAgent({ binary: bench.binary, course: many, interval: '1h' });
      ready.many.push(large.readyMs);
      many.change(run + 1);
      stalls.push(await longestStall(large.port, () => large.refresh()));
      bench.say(
        `ready ${small.readyMs.toFixed(0)} and ${large.readyMs.toFixed(0)} ms, stall ${stalls.at(-1)?.toFixed(0)} ms`,
      );
    }
    const [small, large] = [median(ready.few), median(ready.many)];
    return [
      {
        what: `ready with ${MANY} keys, later than with ${FEW}`,
        value: large - small,
        unit: 'ms',
        bar: { atMost: 150 },
        detail: `${large.toFixed(0)} and ${small.toFixed(0)} ms, medians of ${ready.few.length}, by turns`,
      },
      {
        what: `longest stall of /healthz while a change of ${MANY} keys is taken up`,
        value: median(stalls),
        unit: 'ms',
        bar: { atMost: 50 },
        detail: `median of ${stalls.length} changes, highest ${Math.max(...stalls).toFixed(0)} ms`,
      },
    ] satisfies readonly Finding[];
  },
};

/** Milliseconds that the slowest of many questions waited while `work` went on. */
async function longestStall(port: number, work: () => Promise<void>): Promise<number> {
  const state = { isOver: false, longest: 0 };
  const asking = async (): Promise<void> => {
    while (!state.isOver) {
      const asked = performance.now();
      await healthz(port);
      state.longest = Math.max(state.longest, performance.now() - asked);
      await sleep(2);
    }
  };
  const asked = asking();
  await work();
  state.isOver = true;
  await asked;
  return state.longest;
}

function healthz(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port, path: '/healthz', agent: false }, (response) => {
      response.resume().once('end', resolve);
    }).once('error', reject);
  });
}
