import { describe, expect, it, onTestFinished } from 'vitest';
import type { SealedRecords } from '#config-service';
import { createDelivery, type Delivery } from '#agent/metrics/sink/delivery.ts';
import { MAX_BYTES, packLength } from '#agent/metrics/sink/request-pack.ts';
import { silentLogger } from '#kit/logger.ts';
import { FakeClock } from '../support/fake-clock.ts';
import { datum, fakeCloudWatch, FINE, GONE, memorySpool, refusal } from './fake-cloudwatch.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** gzip of the spool runs on a thread: turns of the loop until it says so. */
async function until(enough: () => boolean): Promise<void> {
  while (!enough()) await new Promise((resolve) => setImmediate(resolve));
}

function bench(spool: SealedRecords | undefined = memorySpool(), clock = new FakeClock()) {
  const cloudwatch = fakeCloudWatch();
  const delivery = createDelivery({
    aws: cloudwatch.aws,
    spool,
    clock,
    random: () => 0.5,
    logger: silentLogger,
  });
  onTestFinished(() => delivery.drain(AbortSignal.abort()));
  const sleeping = (): Promise<void> => until(() => clock.sleeping > 0);
  return { cloudwatch, delivery, clock, sleeping };
}

/** Every data point is in exactly one place. */
function expectLedger(delivery: Delivery): void {
  const { counts } = delivery;
  const { queued, spooled } = delivery.status();
  const dropped = Object.values(counts.dropped).reduce((sum, count) => sum + count, 0);
  expect(counts.sent + dropped + queued + spooled).toBe(counts.taken);
}

function many(count: number, bytes: number) {
  return Array.from({ length: count }, () => datum('m', 0, bytes));
}

describe('a request', () => {
  it('case 72: holds 1,000 data, and not the 1,001st', () => {
    expect(packLength(many(1_001, 100))).toBe(1_000);
  });

  it('case 72: stays below a megabyte', () => {
    expect(packLength(many(1_000, 9_999))).toBe(Math.floor((MAX_BYTES - 300) / 10_000));
  });

  it('is of one namespace', () => {
    expect(packLength([datum('a', 0), { ...datum('b', 0), namespace: 'M' }])).toBe(1);
    expect(packLength([])).toBe(0);
  });
});

describe('delivery', () => {
  it('sends what it is given, in requests as large as they may be', async () => {
    const { cloudwatch, delivery, clock } = bench();
    delivery.put(Array.from({ length: 2_500 }, (_, at) => datum(`m${at}`, clock.now())));
    await until(() => delivery.counts.sent === 2_500);
    expect(cloudwatch.requests.map(({ data }) => data.length)).toEqual([1_000, 1_000, 500]);
    expectLedger(delivery);
  });

  it.each([
    ['no answer', GONE],
    ['throttling', refusal('ThrottlingException', 'throttled')],
    ['expired credentials', refusal('ExpiredTokenException', 'credentials')],
    ['a missing permission', refusal('AccessDeniedException', 'denied')],
    ['a code nobody knows', refusal('SomethingNewException', 'invalid')],
  ])('goes on trying through %s, with full jitter up to a minute', async (_, failure) => {
    const { cloudwatch, delivery, clock, sleeping } = bench();
    cloudwatch.answer = () => failure;
    delivery.put([datum('m', clock.now())]);
    for (const delay of [500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]) {
      await sleeping();
      const { calls } = cloudwatch;
      await clock.advance(delay - 1);
      expect(cloudwatch.calls).toBe(calls);
      await clock.advance(1);
      await until(() => cloudwatch.calls > calls);
    }
    expect(delivery.status().failing).toBeDefined();
    await sleeping();
    cloudwatch.answer = () => FINE;
    await clock.advance(60_000);
    await until(() => delivery.counts.sent === 1);
    expect(delivery.status().failing).toBeUndefined();
    expectLedger(delivery);
  });

  it('case 71: quarantines the one datum that is refused and sends the others', async () => {
    const { cloudwatch, delivery, clock } = bench();
    cloudwatch.answer = (data) =>
      data.some(({ MetricName }) => MetricName === 'bad')
        ? refusal('InvalidParameterValueException', 'invalid')
        : FINE;
    const good = Array.from({ length: 999 }, (_, at) => datum(`m${at}`, clock.now()));
    delivery.put([...good.slice(0, 500), datum('bad', clock.now()), ...good.slice(500)]);
    await until(() => delivery.counts.sent === 999);
    expect(delivery.counts.dropped.quarantined).toBe(1);
    expect(cloudwatch.calls).toBeLessThan(25);
    expectLedger(delivery);
  });

  it('case 74: an outage of two hours is queued on disk, and sent later under its own times', async () => {
    const spool = memorySpool();
    const { cloudwatch, delivery, clock, sleeping } = bench(spool);
    cloudwatch.answer = () => GONE;
    const times: number[] = [];
    for (let minute = 0; minute < 120; minute += 1) {
      times.push(clock.now() / 1000);
      delivery.put([datum('m', clock.now())]);
      await sleeping();
      await clock.advance(60_000);
    }
    await until(() => delivery.status().queued === 0);
    expect(delivery.status()).toMatchObject({ spooled: 120 });
    await sleeping();
    cloudwatch.answer = () => FINE;
    await clock.advance(60_000);
    await until(() => delivery.counts.sent === 120 && spool.files.size === 0);
    expect(cloudwatch.accepted.map(({ Timestamp }) => Timestamp)).toEqual(times);
    expectLedger(delivery);
  });

  it('case 74: what was sent from disk does not come back with the next outage', async () => {
    const { cloudwatch, delivery, clock, sleeping } = bench();
    const outage = async (name: string): Promise<void> => {
      cloudwatch.answer = () => GONE;
      delivery.put([datum(name, clock.now())]);
      await sleeping();
      cloudwatch.answer = () => FINE;
      await clock.advance(60_000);
    };
    await outage('a');
    await until(() => delivery.counts.sent === 1 && delivery.status().spooledRecords === 0);
    await outage('b');
    await until(() => delivery.counts.sent === 2);
    expect(cloudwatch.accepted.map(({ MetricName }) => MetricName)).toEqual(['a', 'b']);
    expectLedger(delivery);
  });

  it('a record of which a part was sent keeps the rest only', async () => {
    const spool = memorySpool();
    const { cloudwatch, delivery, clock, sleeping } = bench(spool);
    cloudwatch.answer = () => GONE;
    delivery.put([datum('a', clock.now()), { ...datum('b', clock.now()), namespace: 'Other' }]);
    await sleeping();
    cloudwatch.answer = ([first]) => (first?.MetricName === 'a' ? FINE : GONE);
    await clock.advance(60_000);
    await until(() => delivery.counts.sent === 1 && delivery.status().spooled === 1);
    await sleeping();
    cloudwatch.answer = () => FINE;
    await clock.advance(60_000);
    await until(() => delivery.counts.sent === 2);
    expect(cloudwatch.requests.map(({ namespace }) => namespace)).toEqual(['N', 'Other']);
    expectLedger(delivery);
  });

  it('case 74: what is fresh is not kept waiting by what is old', async () => {
    const { cloudwatch, delivery, clock, sleeping } = bench();
    cloudwatch.answer = () => GONE;
    delivery.put(Array.from({ length: 1_500 }, () => datum('old', clock.now())));
    await sleeping();
    delivery.put([datum('new', clock.now())]);
    await until(() => delivery.status().spooled === 1_501);
    cloudwatch.answer = () => FINE;
    await clock.advance(60_000);
    await until(() => delivery.counts.sent === 1_501);
    expect(cloudwatch.requests.map(({ data }) => [data.length, data.at(-1)?.MetricName])).toEqual([
      [501, 'new'],
      [1_000, 'old'],
    ]);
    expectLedger(delivery);
  });

  it('case 74: what comes while a failure is waited out is on the disk at once: a kill -9 does not lose it', async () => {
    const spool = memorySpool();
    const { cloudwatch, delivery, clock, sleeping } = bench(spool);
    cloudwatch.answer = () => GONE;
    delivery.put([datum('first', clock.now())]);
    await sleeping();
    delivery.put([datum('second', clock.now())]);
    await until(() => delivery.status().queued === 0);
    expect(delivery.status()).toMatchObject({ spooled: 2, spooledRecords: 1 });
    expect(cloudwatch.calls).toBe(1);
    // Killed: nothing of the first run is called any more.
    const next = bench(spool);
    await until(() => next.delivery.counts.sent === 2);
    expect(next.cloudwatch.accepted.map(({ MetricName }) => MetricName)).toEqual(['first', 'second']);
  });

  it('case 74: two weeks back go out, older ones are dropped and counted', async () => {
    const { cloudwatch, delivery, clock } = bench();
    const now = clock.now();
    delivery.put([
      datum('late', now - 15 * DAY),
      datum('fine', now - 13 * DAY),
      datum('early', now + 3 * HOUR),
    ]);
    await until(() => delivery.counts.sent === 1);
    expect(cloudwatch.accepted.map(({ MetricName }) => MetricName)).toEqual(['fine']);
    expect(delivery.counts.dropped.outOfRange).toBe(2);
    expectLedger(delivery);
  });

  it('case 75: what an earlier run left on disk is sent by the next', async () => {
    const spool = memorySpool();
    const first = bench(spool);
    first.cloudwatch.answer = () => GONE;
    first.delivery.put([datum('a', first.clock.now()), datum('b', first.clock.now())]);
    await first.sleeping();
    await first.delivery.drain(AbortSignal.abort());
    expectLedger(first.delivery);
    const second = bench(spool);
    await until(() => second.delivery.counts.sent === 2);
    expect(second.cloudwatch.accepted.map(({ MetricName }) => MetricName)).toEqual(['a', 'b']);
    expectLedger(second.delivery);
  });

  it('a record that cannot be read back is dropped and counted, and stops nothing', async () => {
    const spool = memorySpool();
    spool.files.set('000000000000', Buffer.from('no gzip'));
    const { delivery, clock } = bench(spool);
    delivery.put([datum('m', clock.now())]);
    await until(() => delivery.counts.dropped.unreadable === 1 && delivery.counts.sent === 1);
    expect(spool.files.size).toBe(0);
  });

  it('a full disk leaves data in memory, bounded', async () => {
    const spool = memorySpool();
    spool.isFull = true;
    const { cloudwatch, delivery, clock, sleeping } = bench(spool);
    cloudwatch.answer = () => GONE;
    delivery.put(Array.from({ length: 60_000 }, () => datum('m', clock.now())));
    await sleeping();
    await until(() => delivery.status().queued === 50_000);
    expect(delivery.counts.dropped.overflow).toBe(10_000);
    expectLedger(delivery);
  });

  it('drains to its deadline: sends while it can, keeps the rest, and says what is lost without a spool', async () => {
    const kept = bench();
    kept.cloudwatch.answer = () => GONE;
    kept.delivery.put([datum('m', kept.clock.now())]);
    await kept.delivery.drain(new AbortController().signal);
    expect(kept.delivery.status()).toMatchObject({ queued: 0, spooled: 1 });

    const clock = new FakeClock();
    const cloudwatch = fakeCloudWatch();
    const parts = { aws: cloudwatch.aws, spool: undefined, clock, random: () => 0.5, logger: silentLogger };
    const lost = createDelivery(parts);
    cloudwatch.answer = () => GONE;
    lost.put([datum('m', clock.now())]);
    await lost.drain(new AbortController().signal);
    expect(lost.counts.dropped.stopped).toBe(1);
    expectLedger(lost);
  });
});
