import { expect, it } from 'vitest';
import { Poller } from '#agent/daemon/configuration/poller.ts';
import { phaseOf } from '#agent/daemon/runtime/schedule.ts';
import { retry } from '#kit/outcome.ts';
import { configuratorBench } from '../support/configuring.ts';
import { FakeClock } from '../support/fake-clock.ts';

it('law 7: a tick costs the same requests whether or not something changed', async () => {
  const bench = configuratorBench();
  const requests = async (): Promise<number> => {
    bench.store.takeRequests();
    await bench.check();
    return bench.store.takeRequests().length;
  };
  bench.store.put('p/base/app.properties', 'a=1\n').put('p/role/web/app.properties', 'b=1\n');
  await bench.check();
  const quiet = await requests();
  bench.store.put('p/base/app.properties', 'a=2\n');
  expect(await requests()).toBe(quiet);
  expect(await requests()).toBe(quiet);
  expect(quiet).toBeGreaterThan(0);
});

it('law 7: each instance has its own place in the interval, and a fleet is spread over all of it', () => {
  const interval = 30_000;
  const phases = Array.from({ length: 10_000 }, (_, n) => phaseOf(`i-${n.toString(16)}`, interval));
  expect(phaseOf('i-7', interval)).toBe(phases[7]);
  const tenths = Array.from({ length: 10 }, (_, tenth) => {
    return phases.filter((phase) => Math.floor((phase / interval) * 10) === tenth).length;
  });
  // 1,000 each; six standard deviations of a binomial are 180. The ids are fixed, so this is no chance.
  for (const count of tenths) expect(Math.abs(count - 1000)).toBeLessThan(180);
});

it('law 7: an outage is never asked more often than an interval apart at the worst, nor all at once after it', async () => {
  const clock = new FakeClock();
  const fault = {
    code: 'LF_SOURCE_UNREACHABLE',
    operation: 'read',
    subject: 's',
    cause: 'c',
    hint: 'h',
  } as const;
  const at: number[] = [];
  const poller = new Poller<never>({
    clock,
    // The longest wait that jitter can draw.
    random: () => 1,
    intervalMs: 30_000,
    phaseMs: 0,
    hurry: () => undefined,
    tick: async () => {
      at.push(clock.monotonic());
      return retry(fault);
    },
  });
  poller.start(0);
  await clock.advance(600_000);
  const gaps = at.slice(1).map((time, index) => time - (at[index] ?? 0));
  expect(gaps.length).toBeGreaterThan(10);
  expect(Math.max(...gaps)).toBe(30_000);
  await poller.close();
});
