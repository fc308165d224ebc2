import { expect, it, onTestFinished } from 'vitest';
import { datumOf, type QueuedDatum } from '#agent/metrics/base/datum.ts';
import { Distribution, MAX_VALUES } from '#agent/metrics/base/distribution.ts';
import { seriesOf, type Series } from '#agent/metrics/base/series.ts';
import { createDelivery, type Delivery } from '#agent/metrics/sink/delivery.ts';
import { silentLogger } from '#kit/logger.ts';
import { startSandbox } from '../../scripts/sandbox/sandbox.ts';
import { callsAt } from '../support/aws-calls.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { memorySpool } from './fake-cloudwatch.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** A CloudWatch behind real sockets whose clock is the test's, and agents that come and go on one disk. */
async function stage() {
  const clock = new FakeClock(1_780_000_000_000);
  const sandbox = await startSandbox({ clock });
  onTestFinished(() => sandbox.close());
  const spool = memorySpool();
  const start = (): Delivery => {
    const aws = callsAt(new URL(sandbox.url));
    const delivery = createDelivery({ aws, spool, clock, random: () => 0.5, logger: silentLogger });
    onTestFinished(() => delivery.drain(AbortSignal.abort()));
    return delivery;
  };
  return { clock, sandbox, spool, start };
}

function told(name: string, values: readonly number[], at: number): QueuedDatum {
  const series = seriesOf('Outage', name, 'Count', [{ name: 'InstanceId', value: 'i-1' }]) as Series;
  const distribution = new Distribution();
  for (const value of values) distribution.add(value);
  return datumOf(series, distribution, at, false);
}

/** Turns of the loop: sockets and the threads that pack are real. */
async function until(enough: () => boolean): Promise<void> {
  while (!enough()) await new Promise((resolve) => setImmediate(resolve));
}

it('case 74: fifteen days out, restarted on the way: the last fourteen arrive under their own times', async () => {
  const { clock, sandbox, spool, start } = await stage();
  sandbox.faults.add({ service: 'monitoring', effect: 'reset' });
  const began = clock.now();
  let delivery = start();
  for (let hour = 0; hour < 15 * 24; hour += 1) {
    if (hour === 7 * 24) {
      await delivery.drain(AbortSignal.abort());
      delivery = start();
    }
    delivery.put([told('queued', [hour], clock.now())]);
    // On the disk before anything else happens: a kill -9 could come now.
    await until(() => delivery.status().queued === 0);
    await clock.advance(HOUR);
  }
  expect(sandbox.metrics.data).toEqual([]);
  await until(() => clock.sleeping > 0);
  sandbox.faults.clear();
  await clock.advance(60_000);
  await until(() => spool.files.size === 0 && delivery.status().spooledRecords === 0);

  // What was freshest came first.
  expect(sandbox.metrics.data.at(0)?.timestamp).toBeGreaterThan(began + 7 * DAY - HOUR);
  const arrived = sandbox.metrics.data
    .map(({ timestamp, values }) => [timestamp, ...values] as const)
    .toSorted(([a], [b]) => a - b);
  const hours = Array.from({ length: 15 * 24 }, (_, hour) => [began + hour * HOUR, hour] as const);
  const isLate = (at: number): boolean => at < clock.now() - 14 * DAY + 60_000;
  expect(arrived).toEqual(hours.filter(([at]) => !isLate(at)));
  expect(arrived.length).toBeGreaterThan(13 * 24);
  expect(delivery.counts.dropped.outOfRange).toBe(hours.filter(([at]) => isLate(at)).length);
  expect(delivery.counts.sent).toBe(arrived.length);
});

it('case 72: 1,001 metrics, and more than a megabyte of 150 values each, arrive in requests that are taken', async () => {
  const { clock, sandbox, start } = await stage();
  const delivery = start();
  const many = Array.from({ length: MAX_VALUES }, (_, at) => 1_000_000 + at + 1 / 3);
  const large = Array.from({ length: 600 }, (_, at) => told(`large${at}`, many, clock.now()));
  const small = Array.from({ length: 1_001 }, (_, at) => told(`small${at}`, [at], clock.now()));
  expect(large.reduce((sum, { bytes }) => sum + bytes, 0)).toBeGreaterThan(1024 * 1024);
  delivery.put([...small, ...large]);
  await until(() => delivery.counts.sent === 1_601);
  expect(delivery.counts).toMatchObject({ failedRequests: 0, dropped: { quarantined: 0 } });
  expect(delivery.counts.requests).toBe(3);
  expect(sandbox.metrics.data.map(({ name }) => name)).toEqual(
    [...small, ...large].map(({ datum }) => datum.MetricName),
  );
  expect(sandbox.metrics.data.at(-1)?.values).toEqual(many);
});
