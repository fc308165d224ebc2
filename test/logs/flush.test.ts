import { expect, test } from 'vitest';
import type { LogShipper } from '#agent/logs/log-shipper.ts';
import { callsAt } from '../support/aws-calls.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { elapse, until } from '../support/patience.ts';
import { ListSource } from './support/list-source.ts';
import { recordingSink } from './support/recording-sink.ts';
import { entry, FACTS, shipperLab } from './support/shipper-lab.ts';
import { shipping } from './support/shipping.ts';

/** Of the clock of the test. */
const PATIENCE_MS = 3_600_000;

async function stage() {
  const clock = new FakeClock();
  const lab = shipperLab();
  const sink = await recordingSink(() => clock.now());
  const shipper: LogShipper = lab.start({ aws: callsAt(sink.url), clock });
  const plan = [entry('app', { path: `${lab.folder}/*.log`, group: 'g' })];
  await elapse(clock, shipper.reconfigure(plan, FACTS));
  // Its checkpoint is read first.
  await elapse(
    clock,
    until(() => JSON.stringify(shipper.status()).includes('"lagMs"')),
  );
  const close = async (): Promise<void> => {
    await elapse(clock, shipper.drain(0));
    await sink[Symbol.asyncDispose]();
    lab[Symbol.dispose]();
  };
  return { clock, lab, sink, shipper, [Symbol.asyncDispose]: close };
}

test('a flush ends when what was there has arrived, and shipping goes on', async () => {
  await using world = await stage();
  const { clock, lab, sink, shipper } = world;
  for (const line of ['one', 'two', 'three']) {
    lab.write('a.log', line);
    await elapse(clock, shipper.flush(PATIENCE_MS));
    expect(sink.messagesOf('i-1').at(-1)).toBe(line);
  }
  expect(sink.messagesOf('i-1')).toEqual(['one', 'two', 'three']);
});

test('what is written without a pause does not hold a flush up: it waits for what was there', async () => {
  const clock = new FakeClock();
  await using sink = await recordingSink(() => clock.now());
  // While a call takes its time, more is read.
  sink.mischief = () => ({ kind: 'wait', until: clock.sleep(3_000) });
  const { pump, cut } = shipping({ aws: callsAt(sink.url), clock });
  const source = new ListSource({ group: 'g', stream: 's' });
  source.add(clock.now(), 'first');
  const running = await pump(source);
  const over = new AbortController();
  const caughtUp = running.caughtUp().finally(() => over.abort());
  for (let line = 0; !over.signal.aborted && line < 1_000; line += 1) {
    source.add(clock.now(), `more ${line}`);
    await clock.advance(200);
    expect(running.unsettled).toBeGreaterThan(0);
  }
  expect(over.signal.aborted).toBe(true);
  await caughtUp;
  expect(sink.messagesOf('s')[0]).toBe('first');
  cut();
});

test('a read that began before the flush says nothing about what came since', async () => {
  const clock = new FakeClock();
  await using sink = await recordingSink(() => clock.now());
  const { pump, cut } = shipping({ aws: callsAt(sink.url), clock });
  const source = new ListSource({ group: 'g', stream: 's' });
  const reading = Promise.withResolvers<void>();
  const letGo = Promise.withResolvers<void>();
  const read = source.read.bind(source);
  source.read = async (maxBytes) => {
    const events = await read(maxBytes);
    reading.resolve();
    await letGo.promise;
    return events;
  };
  const running = await pump(source);
  await reading.promise;
  source.add(clock.now(), 'since');
  const caughtUp = running.caughtUp();
  letGo.resolve();
  await elapse(clock, caughtUp);
  expect(sink.messagesOf('s')).toEqual(['since']);
  cut();
});

test('a flush against a sink that is down ends at its deadline, and what waits arrives later', async () => {
  await using world = await stage();
  const { clock, lab, sink, shipper } = world;
  sink.mischief = () => ({ kind: 'reset' });
  lab.write('a.log', 'kept');
  const began = clock.monotonic();
  await elapse(clock, shipper.flush(5_000));
  expect(clock.monotonic() - began).toBeGreaterThanOrEqual(5_000);
  sink.mischief = () => undefined;
  await elapse(clock, shipper.flush(PATIENCE_MS));
  expect(sink.messagesOf('i-1')).toEqual(['kept']);
});
