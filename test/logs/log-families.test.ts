import { describe, expect, test } from 'vitest';
import type { Family } from '#kit/metric-family.ts';
import { EntryLedgers } from '#agent/logs/entry-ledgers.ts';
import { ReadTimes } from '#agent/logs/read-times.ts';
import { callsAt } from '../support/aws-calls.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { elapse, until } from '../support/patience.ts';
import { recordingSink } from './support/recording-sink.ts';
import { entry, FACTS, shipperLab } from './support/shipper-lab.ts';

const PATIENCE_MS = 3_600_000;

/** `name{entry=app,cause=x}` and its value. */
function told(families: readonly Family[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    families.flatMap(({ name, samples }) =>
      samples.map(({ labels = {}, value }) => [
        `${name}{${Object.entries(labels)
          .map(([label, text]) => `${label}=${text}`)
          .join(',')}}`,
        value,
      ]),
    ),
  );
}

describe('families of the logs', () => {
  test('are none where no plan ever had logs', async () => {
    await using sink = await recordingSink(() => 0);
    using lab = shipperLab();
    const clock = new FakeClock();
    const shipper = lab.start({ aws: callsAt(sink.url), clock });
    expect(shipper.families()).toEqual([]);
    await elapse(clock, shipper.drain(PATIENCE_MS));
  });

  test('tell where everything went, and how far behind each entry is', async () => {
    const clock = new FakeClock();
    using lab = shipperLab();
    await using sink = await recordingSink(() => clock.now());
    const shipper = lab.start({ aws: callsAt(sink.url), clock });
    const plan = [
      entry('app', { path: `${lab.folder}/*.log`, group: 'g', filter: { exclude: '^drop' } }),
      entry('tagged', { path: '/nowhere/*.log', group: '/{tag:absent}' }),
    ];
    lab.write('a.log', 'one', 'drop', 'three');
    await elapse(clock, shipper.reconfigure(plan, FACTS));
    const now = () => told(shipper.families());
    await elapse(
      clock,
      until(() => now()['landfall_log_acknowledged_events{entry=app}'] === 2),
    );
    expect(now()).toMatchObject({
      'landfall_log_read_events{entry=app}': 3,
      'landfall_log_read_bytes{entry=app}': 12,
      'landfall_log_acknowledged_events{entry=app}': 2,
      'landfall_log_acknowledged_bytes{entry=app}': 8,
      'landfall_log_filtered_events{entry=app}': 1,
      'landfall_log_filtered_bytes{entry=app}': 4,
      'landfall_log_rejected_events{entry=app,cause=tooOld}': 0,
      'landfall_log_quarantined_events{entry=app}': 0,
      'landfall_log_lag_seconds{entry=app}': 0,
      'landfall_log_behind_bytes{entry=app}': 0,
      'landfall_log_waiting_entries{}': 1,
      'landfall_log_failing_streams{}': 0,
    });

    lab.write('a.log', 'drop too');
    await elapse(
      clock,
      until(() => now()['landfall_log_filtered_events{entry=app}'] === 2),
    );
    expect(now()['landfall_log_lag_seconds{entry=app}']).toBe(0);

    sink.mischief = () => ({ kind: 'reset' });
    lab.write('a.log', 'four');
    await elapse(
      clock,
      until(() => now()['landfall_log_failing_streams{}'] === 1),
    );
    const before = now()['landfall_log_lag_seconds{entry=app}'] ?? 0;
    const idle = now()['landfall_log_last_event_age_seconds{entry=app}'] ?? 0;
    await clock.advance(90_000);
    expect(now()).toMatchObject({
      'landfall_log_lag_seconds{entry=app}': before + 90,
      'landfall_log_last_event_age_seconds{entry=app}': idle + 90,
      'landfall_log_behind_bytes{entry=app}': 5,
    });
    sink.mischief = () => undefined;
    await elapse(clock, shipper.drain(PATIENCE_MS));
    expect(now()['landfall_log_lag_seconds{entry=app}']).toBe(0);
  });

  test('only grow, whatever the plan does: an entry that left keeps its counts, and goes on from them', async () => {
    const clock = new FakeClock();
    using lab = shipperLab();
    await using sink = await recordingSink(() => clock.now());
    const shipper = lab.start({ aws: callsAt(sink.url), clock });
    const app = entry('app', { path: `${lab.folder}/app.log`, group: 'g' });
    const follow = (...plan: (typeof app)[]) => elapse(clock, shipper.reconfigure(plan, FACTS));
    const counts = () =>
      Object.entries(told(shipper.families())).filter(
        ([name]) => /_(events|bytes)\{entry=app/.test(name) && !name.includes('behind'),
      );
    const acknowledged = () => told(shipper.families())['landfall_log_acknowledged_events{entry=app}'];
    lab.write('app.log', 'one', 'two');
    await follow(app);
    await elapse(
      clock,
      until(() => acknowledged() === 2),
    );
    const before = counts();
    await follow();
    expect(counts()).toEqual(before);
    expect(told(shipper.families())).not.toHaveProperty('landfall_log_lag_seconds{entry=app}');
    lab.write('app.log', 'three');
    await follow(app);
    await elapse(
      clock,
      until(() => acknowledged() === 3),
    );
    await elapse(clock, shipper.drain(PATIENCE_MS));
    expect(acknowledged()).toBe(3);
  });
});

test('times of reads: the oldest that is under way, the newest of the last that is settled', () => {
  const times = new ReadTimes();
  expect([times.oldestUnsettledAt, times.newestSettledAt]).toEqual([undefined, undefined]);
  times.took({ to: 2, oldestAt: 50, newestAt: 60 });
  times.took({ to: 5, oldestAt: 10, newestAt: 70 });
  expect(times.oldestUnsettledAt).toBe(10);
  times.settled(1);
  expect(times.newestSettledAt).toBeUndefined();
  times.settled(4);
  expect([times.oldestUnsettledAt, times.newestSettledAt]).toEqual([10, 60]);
  times.settled(5);
  expect([times.oldestUnsettledAt, times.newestSettledAt]).toEqual([undefined, 70]);
});

test('a plan that makes up names all the time grows no ledgers without end, and loses no count', () => {
  const ledgers = new EntryLedgers();
  for (let name = 0; name < 2_000; name += 1) ledgers.of(`e${name}`).acknowledged(1);
  expect(ledgers.all.size).toBe(1_001);
  const sum = [...ledgers.all.values()].reduce((all, one) => all + one.document().acknowledged.events, 0);
  expect(sum).toBe(2_000);
});
