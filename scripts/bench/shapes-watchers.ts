import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { bootAgent, type AgentProcess } from './agent-process.ts';
import { atRest } from './at-rest.ts';
import type { BenchRow } from './bench-row.ts';
import { keysCourse } from './keys-course.ts';
import { median } from './median.ts';

/** As many as may wait. */
const WATCHERS = 256;
const KEYS = 300;

/** As many programs as may wait for a change of Consul's keys, all of them: how late the last is told, and what is left of them. */
export const shapesWatchers: BenchRow = {
  name: 'shapes-watchers',
  async measure(bench) {
    await using course = await keysCourse(KEYS);
    const env = { LANDFALL_COMPAT: 'consul' };
    await using agent = await bootAgent({ binary: bench.binary, course, interval: '1h', env });
    const late: number[] = [];
    const held: number[] = [];
    for (let round = 0; round < (bench.quick ? 4 : 12); round += 1) {
      const told = await watch(agent, () => {
        course.change(round + 1);
        return agent.refresh();
      });
      const { all } = await atRest(() => agent.resident());
      bench.say(`told after ${told} ms, then ${all.toFixed(1)} MiB`);
      // The first finds code that has never run, and makes room that is kept.
      if (round === 0) held.push(all);
      else late.push(told);
      held[1] = all;
    }
    const [before, after] = held;
    return [
      {
        what: `${WATCHERS} watchers of ${KEYS} keys, from the activation until the last is told`,
        value: median(late),
        unit: 'ms',
        bar: { atMost: 100 },
        detail: `median of ${late.length} changes, highest ${Math.max(...late)} ms`,
      },
      {
        what: `resident after ${late.length + 1} such changes, against after the first`,
        value: (after ?? NaN) / (before ?? NaN),
        unit: 'x',
        bar: { atMost: 1.05 },
        detail: `${before?.toFixed(1)} and ${after?.toFixed(1)} MiB, each the lowest of 5 s at rest`,
      },
    ];
  },
};

/** @returns the milliseconds from the activation, which the index of the answers is the time of, until the last answer came. */
async function watch({ port }: AgentProcess, change: () => Promise<void>): Promise<number> {
  const path = '/v1/kv/?recurse';
  const [first] = await answered(port, path);
  const asked = Array.from({ length: WATCHERS }, () => answered(port, `${path}&index=${first}&wait=60s`));
  // Until they all wait: whoever comes later is answered at once, and told of as quickly.
  await sleep(1000);
  await change();
  const answers = await Promise.all(asked);
  if (answers.some(([index]) => index <= first)) throw new Error('a watcher was told nothing');
  return Math.max(...answers.map(([index, at]) => at - index));
}

/** The index of an answer, and when its last byte was there. */
function answered(port: number, path: string): Promise<readonly [index: number, at: number]> {
  return new Promise((resolve, reject) => {
    const socket: Socket = connect({ port, host: '127.0.0.1' });
    let head = '';
    let at = Number.NaN;
    socket.on('data', (bytes: Buffer) => {
      if (!head.includes('\r\n\r\n')) head += bytes.toString('latin1');
      at = Date.now();
    });
    socket.once('error', reject);
    socket.once('close', () => resolve([Number(/X-Consul-Index: (\d+)/.exec(head)?.[1]), at]));
    socket.write(`GET ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`);
  });
}
