import { describe, expect, it, onTestFinished } from 'vitest';
import { paceOf, Poller } from '#agent/daemon/configuration/poller.ts';
import { ok, type Outcome } from '#kit/outcome.ts';
import type { Backoff } from '#kit/retry.ts';
import { randomFrom } from '#scripts/bench/seeded-random.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { failing, retrying } from '../support/memory-store.ts';

const INTERVAL = 30_000;
const PHASE = 7000;
/** FakeClock starts at midnight, which is slot 0 of every interval that divides a day. */
const START = new FakeClock().now();

interface Bench {
  readonly clock: FakeClock;
  readonly poller: Poller<number>;
  /** When each tick started, in ms since the start. */
  readonly ticks: number[];
  /** What the next ticks come to; the number of the tick when there is nothing here. */
  readonly outcomes: (Outcome<number> | Promise<Outcome<number>> | Error)[];
}

function bench(options: { random?: () => number; hurry?: Backoff } = {}): Bench {
  const clock = new FakeClock();
  const ticks: number[] = [];
  const outcomes: Bench['outcomes'] = [];
  const poller = new Poller<number>({
    clock,
    random: options.random ?? (() => 0.5),
    intervalMs: INTERVAL,
    phaseMs: PHASE,
    hurry: () => options.hurry,
    tick: async () => {
      ticks.push(clock.now() - START);
      const outcome = outcomes.shift() ?? ok(ticks.length);
      if (outcome instanceof Error) throw outcome;
      return outcome;
    },
  });
  onTestFinished(() => poller.close());
  return { clock, poller, ticks, outcomes };
}

describe('the pace (law 7)', () => {
  it('is one tick per interval, at the phase of this instance', async () => {
    const { clock, poller, ticks } = bench();
    poller.start();
    await clock.advance(4 * INTERVAL);
    expect(ticks).toEqual([7000, 37_000, 67_000, 97_000]);
  });

  it('starts at once when somebody waits for the boot, then falls into the phase', async () => {
    const { clock, poller, ticks } = bench();
    poller.start(0);
    await clock.advance(2 * INTERVAL);
    expect(ticks).toEqual([0, 7000, 37_000]);
  });

  it('is the same for a final failure: a refused configuration is not asked for more often', async () => {
    const { clock, poller, ticks, outcomes } = bench();
    outcomes.push(failing('LF_SOURCE_DENIED'), failing('LF_SOURCE_DENIED'));
    poller.start();
    await clock.advance(3 * INTERVAL);
    expect(ticks).toEqual([7000, 37_000, 67_000]);
  });

  it('skips the slots that a long tick overran, and never runs two at a time', async () => {
    const { clock, poller, ticks, outcomes } = bench();
    const long = Promise.withResolvers<Outcome<number>>();
    outcomes.push(long.promise);
    poller.start();
    await clock.advance(2.5 * INTERVAL);
    expect(ticks).toEqual([7000]);
    long.resolve(ok(1));
    await clock.advance(0);
    await clock.advance(INTERVAL);
    expect(ticks).toEqual([7000, 97_000]);
  });

  it('survives a jump of the wall clock: the next slot is never more than an interval away', async () => {
    const { clock, poller, ticks } = bench();
    poller.start();
    await clock.advance(8000);
    clock.jump(-3_600_000);
    await clock.advance(2 * INTERVAL);
    expect(ticks).toHaveLength(3);
  });
});

const gaps = (ticks: readonly number[]) => ticks.slice(1).map((tick, index) => tick - (ticks[index] ?? 0));

describe('after a passing failure', () => {
  it('keeps its slot when nobody waits, however long that goes on', async () => {
    const { clock, poller, ticks, outcomes } = bench({ random: () => 0.999_999_999 });
    for (let index = 0; index < 4; index += 1) outcomes.push(retrying('LF_SOURCE_UNREACHABLE'));
    poller.start();
    await clock.advance(5 * INTERVAL);
    expect(ticks).toEqual([7000, 37_000, 67_000, 97_000, 127_000]);
  });

  it('may come once more before its slot: no rhythm of an outage keeps it out', async () => {
    const draws = [0.1, 0.9, 0.3];
    const { clock, poller, ticks, outcomes } = bench({ random: () => draws.shift() ?? 0.9 });
    for (let index = 0; index < 4; index += 1) outcomes.push(retrying('LF_SOURCE_UNREACHABLE'));
    poller.start();
    await clock.advance(3 * INTERVAL);
    // A tenth and three tenths of 90 s; what falls behind the slot is the slot.
    expect(ticks).toEqual([7000, 16_000, 37_000, 64_000, 67_000]);
  });

  it('waits, while somebody waits, with full jitter under a growing ceiling that ends at the interval', async () => {
    // The largest jitter there is shows the ceiling itself.
    const { clock, poller, ticks, outcomes } = bench({
      random: () => 0.999_999_999,
      hurry: { baseMs: 1000, capMs: INTERVAL },
    });
    for (let index = 0; index < 8; index += 1) outcomes.push(retrying('LF_SOURCE_UNREACHABLE'));
    poller.start(0);
    await clock.advance(5 * 60_000);
    const seconds = gaps(ticks).map((gap) => Math.round(gap / 1000));
    expect(seconds.slice(0, 8)).toEqual([1, 2, 4, 8, 16, 30, 30, 30]);
  });

  it('may come back at any moment below the ceiling: jitter of 0 is at once', async () => {
    const { clock, poller, ticks, outcomes } = bench({ random: () => 0 });
    outcomes.push(retrying('LF_SOURCE_UNREACHABLE'));
    poller.start(0);
    await clock.advance(0);
    expect(ticks).toEqual([0, 0]);
  });

  it('goes back to its own slot and to the first ceiling as soon as a tick succeeds', async () => {
    const { clock, poller, ticks, outcomes } = bench({
      random: () => 0.999_999_999,
      hurry: { baseMs: 1000, capMs: INTERVAL },
    });
    const down = retrying('LF_SOURCE_UNREACHABLE');
    outcomes.push(down, down, ok(1), down, ok(2));
    poller.start(0);
    await clock.advance(INTERVAL);
    expect(ticks.map((tick) => Math.round(tick / 1000))).toEqual([0, 1, 3, 7, 8]);
  });

  it('waits as long as the source asks for', async () => {
    const { clock, poller, ticks, outcomes } = bench({ random: () => 0 });
    outcomes.push(retrying('LF_SOURCE_THROTTLED', 20_000));
    poller.start(0);
    await clock.advance(19_999);
    expect(ticks).toEqual([0]);
    await clock.advance(1);
    expect(ticks).toEqual([0, 20_000]);
  });

  it('but not longer than an interval, whatever it asks for', async () => {
    const { clock, poller, ticks, outcomes } = bench({ random: () => 0 });
    outcomes.push(retrying('LF_SOURCE_THROTTLED', 86_400_000));
    poller.start(0);
    await clock.advance(INTERVAL);
    expect(ticks).toEqual([0, INTERVAL]);
  });

  it('an unforeseen error counts as one, and does not end the loop', async () => {
    const { clock, poller, ticks, outcomes } = bench();
    outcomes.push(new Error('a defect'));
    poller.start(0);
    const answer = poller.pollNow();
    await clock.advance(0);
    await clock.advance(2 * INTERVAL);
    expect(ticks.length).toBeGreaterThan(1);
    expect(await answer).toMatchObject({
      kind: 'retry',
      fault: { code: 'LF_UNEXPECTED', cause: 'a defect' },
    });
  });
});

/** When a boot with this luck tries while S3 is away for `awayMs`, and when it has something, in seconds. */
async function boot(seed: number, awayMs: number, patienceMs = Infinity): Promise<readonly number[]> {
  const clock = new FakeClock();
  const tries: number[] = [];
  const stepMs = Math.max(500, awayMs / 500);
  const isOver = (): boolean => tries.some((at) => at * 1000 >= awayMs);
  const poller = new Poller<number>({
    ...paceOf(
      `i-${seed}`,
      INTERVAL,
      () => !isOver(),
      () => patienceMs - (clock.now() - START),
    ),
    clock,
    random: randomFrom(seed),
    tick: async () => {
      tries.push((clock.now() - START) / 1000);
      return isOver() ? ok(1) : retrying('LF_SOURCE_UNREACHABLE');
    },
  });
  poller.start(0);
  while (!isOver() && clock.now() - START < patienceMs) await clock.advance(stepMs);
  await poller.close();
  return tries;
}

const FLEET = Array.from({ length: 200 }, (_, seed) => seed);

describe('a boot while S3 is away', () => {
  it('for five seconds: is over within as long again, as a rule, and never costs many requests', async () => {
    const fleet = await Promise.all(FLEET.map((seed) => boot(seed, 5000)));
    const had = fleet.map((tries) => tries.at(-1) ?? Number.NaN).toSorted((a, b) => a - b);
    expect(had[100]).toBeLessThan(10);
    expect(had[190]).toBeLessThan(20);
    expect(Math.max(...fleet.map((tries) => tries.length))).toBeLessThan(15);
    // Who tries again within two seconds of the first: the first pauses are short.
    expect(fleet.filter(([, , third = Infinity]) => third < 2).length).toBe(FLEET.length);
  });

  it('for an hour: it asks a third as often as a poll does, and comes back over seven intervals', async () => {
    const fleet = await Promise.all(FLEET.map((seed) => boot(seed, 3_600_000)));
    const late = fleet.map((tries) => tries.filter((at) => at > 600 && at <= 3600).length);
    const polls = 3000 / (INTERVAL / 1000);
    expect(late.reduce((sum, each) => sum + each, 0) / FLEET.length / polls).toBeCloseTo(2 / 7, 1);
    const had = fleet.map((tries) => (tries.at(-1) ?? Number.NaN) - 3600);
    expect(Math.max(...had)).toBeLessThan(210);
    // No interval brings many more than the first, which brings two sevenths and what is drawn.
    const spread = Array.from(
      { length: 7 },
      (_, nth) => had.filter((at) => Math.floor((at * 1000) / INTERVAL) === nth).length,
    );
    expect(Math.max(...spread)).toBeLessThan(FLEET.length * 0.36);
    expect(spread.slice(0, 5).every((count) => count > 0)).toBe(true);
  });

  it('until patience ends: the last try is not long before that', async () => {
    const fleet = await Promise.all(FLEET.map((seed) => boot(seed, 3_600_000, 120_000)));
    const last = fleet.map((tries) => tries.at(-1) ?? Number.NaN);
    expect(Math.min(...last)).toBeGreaterThan(115);
  });
});

describe('a poll that is asked for', () => {
  it('ticks now, and is told the outcome of that tick', async () => {
    const { clock, poller, ticks, outcomes } = bench();
    const denied = failing('LF_SOURCE_DENIED');
    outcomes.push(denied);
    poller.start();
    await clock.advance(1000);
    expect(await poller.pollNow()).toBe(denied);
    expect(ticks).toEqual([1000]);
  });

  it('moves no slot: the next tick of the pace comes when it would have come', async () => {
    const { clock, poller, ticks } = bench();
    poller.start();
    await clock.advance(1000);
    await poller.pollNow();
    await clock.advance(INTERVAL);
    expect(ticks).toEqual([1000, 7000]);
  });

  it('during a tick waits for one that starts later: the one under way may have read the old state', async () => {
    const { clock, poller, ticks, outcomes } = bench();
    const underWay = Promise.withResolvers<Outcome<number>>();
    outcomes.push(underWay.promise);
    poller.start(0);
    await clock.advance(0);
    const first = poller.pollNow();
    const second = poller.pollNow();
    underWay.resolve(ok(-1));
    expect(await first).toEqual(ok(2));
    // Two pokes, one tick.
    expect(await second).toEqual(ok(2));
    expect(ticks).toEqual([0, 0]);
  });
});

describe('closing', () => {
  const stopping = { kind: 'retry', fault: { code: 'LF_AGENT_NOT_RUNNING' } };

  it('ends the sleep, and ticks no more', async () => {
    const { clock, poller, ticks } = bench();
    poller.start();
    await poller.close();
    await clock.advance(10 * INTERVAL);
    expect(ticks).toEqual([]);
    expect(clock.sleeping).toBe(0);
  });

  it('aborts the tick under way and answers everybody who waits', async () => {
    const clock = new FakeClock();
    let aborted = false;
    const poller = new Poller<number>({
      clock,
      random: () => 0,
      intervalMs: INTERVAL,
      phaseMs: 0,
      hurry: () => ({ baseMs: 0, capMs: 0 }),
      // As the metadata client does: an aborted call throws the reason of the signal.
      tick: (signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => {
            aborted = true;
            reject(signal.reason as Error);
          });
        }),
    });
    const inTick = poller.pollNow();
    poller.start(0);
    await clock.advance(0);
    const behind = poller.pollNow();
    await poller.close();
    expect(aborted).toBe(true);
    expect(await inTick).toMatchObject(stopping);
    expect(await behind).toMatchObject(stopping);
  });

  it('a poll asked for afterwards is answered, too: the API still listens while it drains', async () => {
    const { poller } = bench();
    poller.start();
    await poller.close();
    expect(await poller.pollNow()).toMatchObject(stopping);
  });

  it('before the start leaves nothing to start', async () => {
    const { clock, poller, ticks } = bench();
    await poller.close();
    poller.start(0);
    await clock.advance(INTERVAL);
    expect(ticks).toEqual([]);
  });

  it('asked twice is asked once', async () => {
    const { poller } = bench();
    poller.start(0);
    await expect(Promise.all([poller.close(), poller.close()])).resolves.toHaveLength(2);
  });
});
