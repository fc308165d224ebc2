import { availableParallelism } from 'node:os';
import { bootAgent } from './agent-process.ts';
import type { BenchRow } from './bench-row.ts';
import { releaseCourse } from './boot-course.ts';
import { measureHttp, type HttpLoad, type HttpMeasure } from './http-load.ts';
import { median } from './median.ts';
import { findProgram } from './program.ts';

const CONNECTIONS = 8;
const PACED_RATE = 5000;

/** `GET /v1/config/{key}` over TCP: how many one core answers, and how late the slowest are at a steady rate. */
export const httpValue: BenchRow = {
  name: 'http',
  async measure(bench) {
    const pinned = findProgram('taskset') !== undefined && availableParallelism() > 1;
    await using course = await releaseCourse();
    await using agent = await bootAgent({
      binary: bench.binary,
      course,
      interval: '30s',
      ...(pinned ? { core: 0 } : {}),
    });
    const load: HttpLoad = {
      port: agent.port,
      path: '/v1/config/service.setting7',
      connections: CONNECTIONS,
      seconds: bench.quick ? 2 : 4,
      ...(pinned ? { core: 1 } : {}),
    };
    const runs = bench.quick ? 1 : 5;
    const full = await repeat(runs, () => measureHttp(load));
    const paced = await repeat(runs, () => measureHttp({ ...load, rate: PACED_RATE }));
    for (const { rps, p99 } of [...full, ...paced]) bench.say(`${rps} req/s, p99 ${p99.toFixed(2)} ms`);
    const where = pinned
      ? 'server on one core, load from another'
      : 'server and load not pinned: no taskset or one core';
    const p50 = median(paced.map((run) => run.p50));
    return [
      {
        what: 'one value, all it can',
        value: median(full.map(({ rps }) => rps)),
        unit: 'req/s',
        bar: { atLeast: 25_000 },
        detail: `${CONNECTIONS} connections, median of ${runs}; ${where}`,
      },
      {
        what: `one value, p99 at ${PACED_RATE} a second`,
        value: median(paced.map(({ p99 }) => p99)),
        unit: 'ms',
        bar: { atMost: 2 },
        detail: `p50 ${p50.toFixed(2)} ms, counted from when each request was due`,
      },
    ];
  },
};

async function repeat(times: number, measure: () => Promise<HttpMeasure>): Promise<readonly HttpMeasure[]> {
  const measures: HttpMeasure[] = [];
  for (let run = 0; run < times; run += 1) measures.push(await measure());
  const wrong = measures.reduce((sum, run) => sum + run.wrong, 0);
  if (wrong > 0) throw new Error(`${wrong} answers were not 200: the figures would not count`);
  return measures;
}
