import { bootAgent } from './agent-process.ts';
import type { BenchRow, Finding } from './bench-row.ts';
import { releaseCourse } from './boot-course.ts';
import { measureHttp, type HttpLoad } from './http-load.ts';
import { median } from './median.ts';
import { canPin } from './program.ts';

const NATIVE = '/v1/config/service.setting7';

/** To one value in each shape; where it has no way to one alone, to all 50 of them. */
const ROUTES: ReadonlyMap<string, string> = new Map([
  ['consul', '/v1/kv/service/setting7?raw'],
  ['appconfig', '/applications/payroll/environments/prod/configurations/service.setting7'],
  ['spring', '/spring/payroll/prod'],
  ['archaius', '/archaius/2/config.properties'],
]);

/**
 * A value through each shape against the local API's own route to it, by turns: answers a second of the agent's processor time, in
 * which those who share the machine count for less.
 */
export const shapesHttp: BenchRow = {
  name: 'shapes-http',
  async measure(bench) {
    const pinned = canPin();
    const core = pinned ? { core: 0 } : {};
    const env = { LANDFALL_COMPAT: [...ROUTES.keys()].join(',') };
    await using course = await releaseCourse();
    await using agent = await bootAgent({ binary: bench.binary, course, interval: '30s', env, ...core });
    const load: Omit<HttpLoad, 'path'> = {
      pid: agent.pid,
      port: agent.port,
      connections: 8,
      seconds: bench.quick ? 1 : 4,
      ...(pinned ? { core: 1 } : {}),
    };
    const paths = [NATIVE, ...ROUTES.values()];
    const rates = new Map<string, number[]>(paths.map((path) => [path, []]));
    for (let run = 0; run < (bench.quick ? 2 : 5); run += 1) {
      for (const [path, known] of rates) known.push(await rateOf({ ...load, path }));
      bench.say(paths.map((path) => `${path} ${rates.get(path)?.at(-1)?.toFixed(0)}`).join(', '));
    }
    const native = median(rates.get(NATIVE) ?? []);
    return [...ROUTES].map(([name, path]): Finding => {
      const ours = median(rates.get(path) ?? []);
      return {
        what: `a value as ${name} gives it, against the local API`,
        value: ours / native,
        unit: 'x',
        bar: { atLeast: 0.7 },
        detail: `${ours.toFixed(0)} to ${native.toFixed(0)} answers a second of processor time, medians; GET ${path}`,
      };
    });
  },
};

async function rateOf(load: HttpLoad): Promise<number> {
  const { answers, cpuSeconds, wrong } = await measureHttp(load);
  if (wrong > 0) throw new Error(`${wrong} answers were not 200: the figures would not count`);
  return answers / cpuSeconds;
}
