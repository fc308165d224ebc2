import type { Clock, Random } from '#kit/clock.ts';
import type { Logger } from '#kit/logger.ts';
import { backoffDelay } from '#kit/retry.ts';
import type { AwsCalls } from '../../aws/aws-calls.ts';
import type { QueuedDatum } from '../base/datum.ts';
import { Backlog, type Spool } from './backlog.ts';
import { newDeliveryCounts, type DeliveryCounts } from './delivery-counts.ts';
import { putMetricData, type Unsent } from './put-metric-data.ts';
import { packLength } from './request-pack.ts';

export interface DeliveryParts {
  readonly aws: Pick<AwsCalls, 'json'>;
  /** Undefined when nothing can be sealed here: then what waits is kept in memory only. */
  readonly spool: Spool | undefined;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

export interface DeliveryStatus {
  readonly queued: number;
  readonly spooledRecords: number;
  readonly spooled: number;
  /** Code of the last failure while it lasts. */
  readonly failing: string | undefined;
}

export interface Delivery {
  readonly counts: DeliveryCounts;
  put(data: readonly QueuedDatum[]): void;
  status(): DeliveryStatus;
  /** Resolves when everything is sent, at the latest when `signal` aborts, and goes on. */
  flush(signal: AbortSignal): Promise<void>;
  /** Sends what it can until `signal` aborts, keeps the rest on disk, and ends. */
  drain(signal: AbortSignal): Promise<void>;
}

/** In memory; more than an hour of a large plan without a spool. */
const MAX_QUEUED = 50_000;

/** One program that sends nonsense would fill the log; status goes on counting. */
const MAX_TOLD = 20;

/** PutMetricData is throttled per account and region: full jitter keeps a fleet from coming back as one. */
const BACKOFF = { baseMs: 1_000, capMs: 60_000 };

/**
 * Gets data to CloudWatch however long it takes: what is fresh first, then what waits on disk, oldest first (case 74). While
 * requests fail, what is fresh goes to disk at once, so that neither memory nor a crash can lose it; the record it is in is
 * what is tried again.
 */
export function createDelivery({ aws, spool, clock, random, logger }: DeliveryParts): Delivery {
  const counts = newDeliveryCounts();
  const stopping = new AbortController();
  const cutting = new AbortController();
  const backlog = spool && Backlog.open(spool);
  let opened: Backlog | undefined;
  let queue: QueuedDatum[] = [];
  let failing: string | undefined;
  let attempt = 0;
  /** Neither in the queue nor anywhere else yet. */
  let underWay = 0;
  let wake: (() => void) | undefined;
  const atTheEnd: (() => void)[] = [];

  const put = { aws, counts, onQuarantine: tellQuarantine };
  const running = run();

  return {
    counts,
    put(data) {
      counts.taken += data.length;
      queue.push(...data);
      const excess = queue.length - MAX_QUEUED;
      if (excess > 0) {
        queue = queue.slice(excess);
        counts.dropped.overflow += excess;
      }
      wake?.();
    },
    status: () => ({
      queued: queue.length + underWay,
      spooledRecords: opened?.records ?? 0,
      spooled: opened?.data ?? 0,
      failing,
    }),
    flush: (signal) =>
      new Promise((resolve) => {
        signal.addEventListener('abort', () => resolve(), { once: true });
        atTheEnd.push(resolve);
        wake?.();
      }),
    async drain(signal) {
      if (signal.aborted) cutting.abort();
      signal.addEventListener('abort', () => cutting.abort(), { once: true, signal: cutting.signal });
      stopping.abort();
      wake?.();
      await running;
      while (!signal.aborted && hasMore() && (await sendNext())) continue;
      await store();
      counts.dropped.stopped += queue.length;
      queue = [];
    },
  };

  async function run(): Promise<void> {
    opened = await backlog;
    while (!stopping.signal.aborted) {
      if (!hasMore()) {
        for (const tell of atTheEnd.splice(0)) tell();
        await idle();
      } else if (await sendNext()) attempt = 0;
      else await pause();
    }
  }

  function hasMore(): boolean {
    return queue.length > 0 || (opened?.records ?? 0) > 0;
  }

  function idle(): Promise<void> {
    return new Promise((resolve) => {
      wake = resolve;
      if (stopping.signal.aborted || queue.length > 0) resolve();
    });
  }

  /** What comes meanwhile is kept, too: a crash must not lose what is ready to be sent. */
  async function pause(): Promise<void> {
    await store();
    const until = clock.monotonic() + backoffDelay(BACKOFF, attempt, random);
    attempt += 1;
    for (;;) {
      const woken = new AbortController();
      wake = () => woken.abort();
      await store();
      const left = until - clock.monotonic();
      if (left <= 0 || stopping.signal.aborted) return;
      await clock.sleep(left, AbortSignal.any([stopping.signal, woken.signal])).catch(() => {});
    }
  }

  async function sendNext(): Promise<boolean> {
    return queue.length > 0 ? await sendFresh() : await sendOld();
  }

  async function sendFresh(): Promise<boolean> {
    const data = inRange(queue.splice(0, packLength(queue)));
    underWay = data.length;
    const unsent = await putMetricData(put, data, cutting.signal);
    underWay = 0;
    queue.unshift(...unsent.data);
    return judged(unsent);
  }

  async function sendOld(): Promise<boolean> {
    // After a failure the youngest goes first: what is happening now must not wait for what is over.
    const record = await (failing === undefined ? opened?.oldest() : opened?.youngest());
    if (!record) return true;
    if (!record.data) counts.dropped.unreadable += 1;
    else if (record.isRecovered) counts.taken += record.data.length;
    let rest = inRange(record.data ?? []);
    // Of one namespace each: a tag may have moved it meanwhile.
    while (rest.length > 0) {
      const length = packLength(rest);
      const unsent = await putMetricData(put, rest.slice(0, length), cutting.signal);
      rest = [...unsent.data, ...rest.slice(length)];
      if (!judged(unsent)) {
        if (rest.length < (record.data?.length ?? 0)) await opened?.replace(record.number, rest);
        return false;
      }
    }
    await opened?.remove(record.number);
    return true;
  }

  async function store(): Promise<void> {
    const keeper = await backlog;
    if (!keeper || queue.length === 0) return;
    const data = queue;
    queue = [];
    underWay = data.length;
    const { dropped, recovered, unkept } = await keeper.keep(data);
    underWay = 0;
    counts.taken += recovered;
    counts.dropped.overflow += dropped;
    queue.unshift(...unkept);
  }

  function inRange(data: readonly QueuedDatum[]): readonly QueuedDatum[] {
    const now = clock.now();
    const good = data.filter((datum) => isInRange(datum, now));
    counts.dropped.outOfRange += data.length - good.length;
    return good;
  }

  /** Tells of a failure once, and when it is over. */
  function judged({ data, reason, hint }: Unsent): boolean {
    if (data.length === 0) {
      if (failing !== undefined) logger.info('metrics are sent again', { after: failing });
      failing = undefined;
      return true;
    }
    if (failing !== reason && !stopping.signal.aborted)
      logger.warn('metrics cannot be sent', { code: reason, ...(hint === undefined ? {} : { hint }) });
    failing = reason;
    return false;
  }

  function tellQuarantine({ namespace, datum }: QueuedDatum, code: string): void {
    if (counts.dropped.quarantined > MAX_TOLD) return;
    logger.warn('CloudWatch refused a metric', { code, namespace, metric: datum.MetricName });
  }
}

const TWO_WEEKS_MS = 14 * 86_400_000;
const TWO_HOURS_MS = 2 * 3_600_000;

/** A request takes its time; at the very edge it would be refused whole. */
const MARGIN_MS = 60_000;

/** "Time stamps can be as much as two weeks before the current date, and as much as 2 hours after" (PutMetricData). */
function isInRange({ datum }: QueuedDatum, now: number): boolean {
  const at = datum.Timestamp * 1000;
  return at >= now - TWO_WEEKS_MS + MARGIN_MS && at <= now + TWO_HOURS_MS - MARGIN_MS;
}
