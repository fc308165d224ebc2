import { bootAgent } from './agent-process.ts';
import type { BenchRow } from './bench-row.ts';
import { releaseCourse } from './boot-course.ts';
import { startFloorServer } from './http-floor.ts';
import { measureHttp, type HttpLoad, type HttpMeasure } from './http-load.ts';
import { median } from './median.ts';
import { canPin } from './program.ts';

const CONNECTIONS = 8;

/**
 * `GET /v1/config/{key}` over TCP, against a bare server of Node's with a constant answer, by turns: how many one core answers, and how
 * late the slowest are at a third of that.
 */
export const httpValue: BenchRow = {
  name: 'http',
  async measure(bench) {
    const pinned = canPin();
    const core = pinned ? { core: 0 } : {};
    await using course = await releaseCourse();
    await using agent = await bootAgent({ binary: bench.binary, course, interval: '30s', ...core });
    await using floor = await startFloorServer('web 7', core.core);
    const load: HttpLoad = {
      port: agent.port,
      path: '/v1/config/service.setting7',
      connections: CONNECTIONS,
      seconds: bench.quick ? 2 : 4,
      ...(pinned ? { core: 1 } : {}),
    };
    const runs = bench.quick ? 2 : 5;
    const full = await byTurns(runs, load, floor.port);
    const rate = Math.round(median(full.ours.map(({ rps }) => rps)) / 3);
    const paced = await byTurns(runs, { ...load, rate }, floor.port);
    for (const { rps, p99 } of [...full.ours, ...paced.ours])
      bench.say(`${rps} req/s, p99 ${p99.toFixed(2)} ms`);
    const where = pinned
      ? 'server on one core, load from another'
      : 'server and load not pinned: no taskset or one core';
    const [ours, theirs] = [full.ours, full.floor].map((list) => median(list.map(({ rps }) => rps)));
    const [late, floorLate] = [paced.ours, paced.floor].map((list) => median(list.map(({ p99 }) => p99)));
    return [
      {
        what: 'one value, all it can, against a bare server',
        value: (ours ?? NaN) / (theirs ?? NaN),
        unit: 'x',
        bar: { atLeast: 0.8 },
        detail: `${ours} to ${theirs} req/s, ${CONNECTIONS} connections, medians of ${runs}; ${where}`,
      },
      {
        what: `one value, p99 at ${rate} a second, against a bare server`,
        value: (late ?? NaN) / (floorLate ?? NaN),
        unit: 'x',
        bar: { atMost: 1.5 },
        detail: `${late?.toFixed(2)} to ${floorLate?.toFixed(2)} ms, counted from when each request was due`,
      },
    ];
  },
};

async function byTurns(
  times: number,
  load: HttpLoad,
  floorPort: number,
): Promise<Readonly<Record<'ours' | 'floor', readonly HttpMeasure[]>>> {
  const measures: Record<'ours' | 'floor', HttpMeasure[]> = { ours: [], floor: [] };
  for (let run = 0; run < times; run += 1) {
    measures.ours.push(await measureHttp(load));
    measures.floor.push(await measureHttp({ ...load, port: floorPort }));
  }
  const wrong = measures.ours.reduce((sum, run) => sum + run.wrong, 0);
  if (wrong > 0) throw new Error(`${wrong} answers were not 200: the figures would not count`);
  return measures;
}
