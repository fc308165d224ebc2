import { request } from 'node:http';
import { bootAgent, type AgentProcess } from './agent-process.ts';
import type { Finding, Workbench } from './bench-row.ts';
import type { BootCourse } from './boot-course.ts';
import { makeEmptyProgram } from './empty-program.ts';
import { median } from './median.ts';

/** `boot` of the status. */
interface BootTimes {
  readonly cpuMs: number;
  readonly phases: readonly { readonly name: string; readonly fromMs: number; readonly tookMs: number }[];
}

/**
 * Process start to ready as a multiple of an empty executable's whole life, by turns, medians compared.
 * @param atMost how many times as long the boot may take.
 */
export async function bootAboveFloor(
  bench: Workbench,
  course: BootCourse,
  atMost: number,
): Promise<readonly Finding[]> {
  const empty = await makeEmptyProgram();
  const boot = () => bootAgent({ binary: bench.binary, course, interval: '30s' });
  // The first of each finds cold page caches.
  empty.run();
  await (await boot())[Symbol.asyncDispose]();
  const emptyMs: number[] = [];
  const boots: { readonly readyMs: number; readonly times: BootTimes }[] = [];
  for (let run = 0; run < (bench.quick ? 5 : 15); run += 1) {
    emptyMs.push(empty.run());
    await using agent = await boot();
    boots.push({ readyMs: agent.readyMs, times: await timesOf(agent) });
  }
  const floor = median(emptyMs);
  const ready = median(boots.map(({ readyMs }) => readyMs));
  const cpu = median(boots.map(({ times }) => times.cpuMs));
  const middle = boots.toSorted((a, b) => a.readyMs - b.readyMs)[Math.floor(boots.length / 2)];
  for (const { name, fromMs, tookMs } of middle?.times.phases ?? [])
    bench.say(`${name}: from ${fromMs.toFixed(0)}, ${tookMs.toFixed(0)} ms`);
  const detail = `ready ${ready.toFixed(0)} ms, ${cpu.toFixed(0)} of them processor time, empty ${floor.toFixed(0)} ms, medians of ${boots.length}`;
  return [
    {
      what: 'start to ready, against an empty executable',
      value: ready / floor,
      unit: 'x',
      bar: { atMost },
      detail,
    },
  ];
}

function timesOf({ port }: AgentProcess): Promise<BootTimes> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: '/v1/status', agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk));
      response.once('end', () => resolve((JSON.parse(body) as { boot: BootTimes }).boot));
    })
      .once('error', reject)
      .end();
  });
}
