import { spawnSync } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { newBase, type Citizen, type Json } from './citizen.ts';
import { Payroll } from './payroll.ts';

interface MetricsStatus extends Json {
  readonly series: number;
  readonly cost: { readonly dollarsPerMonth: number };
  readonly queue: { readonly memory: number; readonly disk: number };
  readonly statsd: { readonly port: number; readonly packets: number; readonly samples: number };
}

/** The example of the contract, on a port of the kernel's choice. */
const plan = (interval: string, more = ''): Readonly<Record<string, string>> => ({
  'base/app.properties': 'a=1\n',
  'base/plan.yaml': `metrics: { namespace: "Landfall/{environment}", interval: ${interval}, collect: [cpu, memory, swap, disk, network, load], statsd: "127.0.0.1:0"${more} }\n`,
});

async function statusOf(citizen: Citizen): Promise<MetricsStatus> {
  return JSON.parse((await citizen.cli('metrics', 'status', '--json')).stdout) as MetricsStatus;
}

/** Sends datagrams and waits until the agent has them all. */
async function sends(citizen: Citizen, ...datagrams: readonly string[]): Promise<void> {
  const { port, packets } = (await collecting(citizen)).statsd;
  const socket = createSocket('udp4');
  for (const datagram of datagrams) {
    await new Promise((resolve) => socket.send(datagram, port, '127.0.0.1', resolve));
  }
  socket.close();
  await until(async () => (await statusOf(citizen)).statsd.packets === packets + datagrams.length);
}

async function collecting(citizen: Citizen): Promise<MetricsStatus> {
  await until(async () => {
    const { pipelines } = (await citizen.json('/v1/status')) as { pipelines?: { metrics?: MetricsStatus } };
    return typeof pipelines?.metrics?.statsd?.port === 'number';
  });
  return statusOf(citizen);
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = performance.now() + 20_000; !(await condition());) {
    if (performance.now() > end) throw new Error('it never came to that');
    await sleep(25);
  }
}

function sumsOf(payroll: Payroll, name: string): readonly (readonly [at: number, sum: number])[] {
  return payroll.sandbox.metrics.data
    .filter((datum) => datum.name === name)
    .map(({ timestamp, values, counts }) => [
      timestamp,
      values.reduce((sum, value, at) => sum + value * (counts[at] ?? 1), 0),
    ]);
}

function total(payroll: Payroll, name: string): number {
  return sumsOf(payroll, name).reduce((sum, [, value]) => sum + value, 0);
}

it('case 73: what statsd clients say arrives to the last count, is priced, and shown', async () => {
  await using payroll = await Payroll.open({ files: plan('1s') });
  const citizen = await payroll.run();
  const { statsd } = await collecting(citizen);
  const lines = Array.from({ length: 500 }, (_, at) => `orders:${at % 3}|c|#shop:dublin`);
  await sends(
    citizen,
    ...lines,
    'queue:40|g\nqueue:-4|g\nlatency:12:30|ms|@0.5',
    'nonsense',
    'users:a|s\nusers:b|s\nusers:a|s',
  );
  // A client that is no JavaScript: a shell.
  const shell = spawnSync('bash', ['-c', `echo -n 'shell:7|c' > /dev/udp/127.0.0.1/${statsd.port}`]);
  expect(shell.status).toBe(0);
  await until(() => total(payroll, 'shell') === 7 && total(payroll, 'users') === 2);
  expect(total(payroll, 'orders')).toBe(499);
  expect(sumsOf(payroll, 'queue').at(-1)?.[1]).toBe(36);
  expect(total(payroll, 'latency')).toBe(2 * (12 + 30));
  const orders = payroll.sandbox.metrics.data.find(({ name }) => name === 'orders');
  expect(orders).toMatchObject({
    namespace: 'Landfall/prod',
    unit: 'Count',
    dimensions: { InstanceId: payroll.instance.instanceId, shop: 'dublin' },
  });
  const status = await statusOf(citizen);
  expect(status).toMatchObject({ namespace: 'Landfall/prod', interval: '1s', statsd: { malformed: 1 } });
  expect(status.cost.dollarsPerMonth).toBe(Math.round(status.series * 30) / 100);
  const { stdout } = await citizen.cli('metrics', 'status');
  expect(stdout).toContain(
    `${status.series}, about $${status.cost.dollarsPerMonth.toFixed(2)} a month at $0.30 each`,
  );
  expect(stdout).toContain(`port ${statsd.port}, ${status.statsd.packets} packets`);
});

it('case 75: SIGTERM sends the open window, and the next run adds to the same one', async () => {
  await using payroll = await Payroll.open({ files: plan('1h') });
  const base = newBase();
  for (const count of [3, 4]) {
    const citizen = await payroll.run({ base });
    await sends(citizen, `jobs:${count}|c`);
    citizen.agent.signal('SIGTERM');
    expect(await citizen.agent.exited()).toBe(0);
  }
  const told = sumsOf(payroll, 'jobs');
  expect(told.map(([, sum]) => sum)).toEqual([3, 4]);
  // Unless the hour struck between them.
  const hour = 3_600_000;
  for (const [at] of told) expect(at % hour).toBe(0);
});

it('case 74: kill -9 in an outage loses the open window and nothing that was ready', async () => {
  await using payroll = await Payroll.open({ files: plan('1s', ', own: false') });
  const base = newBase();
  payroll.sandbox.faults.add({ service: 'monitoring', effect: 'reset' });
  const citizen = await payroll.run({ base });
  await sends(citizen, 'kept:5|c');
  // Over, refused by the network, and on the disk.
  const closed = Date.now();
  await until(async () => {
    const { queue, sampledAt } = (await statusOf(citizen)) as MetricsStatus & { sampledAt: string };
    return Date.parse(sampledAt) > closed + 2_000 && queue.disk > 0 && queue.memory === 0;
  });
  await citizen.kill();
  expect(payroll.sandbox.metrics.data).toEqual([]);
  payroll.sandbox.faults.clear();
  const revived = Date.now();
  await payroll.run({ base });
  await until(() => total(payroll, 'kept') === 5);
  const [[at] = [Infinity]] = sumsOf(payroll, 'kept');
  expect(at).toBeLessThan(revived);
});
