import type { QueuedDatum } from '../datum.ts';

const TWO_WEEKS_MS = 14 * 86_400_000;
const TWO_HOURS_MS = 2 * 3_600_000;

/** A request takes its time; at the very edge it would be refused whole. */
const MARGIN_MS = 60_000;

/** "Time stamps can be as much as two weeks before the current date, and as much as 2 hours after" (PutMetricData). */
export function isInRange({ datum }: QueuedDatum, now: number): boolean {
  const at = datum.Timestamp * 1000;
  return at >= now - TWO_WEEKS_MS + MARGIN_MS && at <= now + TWO_HOURS_MS - MARGIN_MS;
}
