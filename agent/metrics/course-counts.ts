import type { StatsdCounts } from './statsd/statsd-intake.ts';

/** What became of samples before they were data points, and what statsd brought. */
export interface CollectionCounts extends Readonly<StatsdCounts> {
  /** Not a number, infinite, or beyond 2^360. */
  readonly invalidValue: number;
  /** Samples of statsd that came without a name, or while the namespace waited for a tag. */
  readonly unnamed: number;
  /** Series of the host and of Landfall beyond the budget. */
  readonly overflow: number;
  /** Series of statsd beyond the budget. */
  readonly statsdOverflow: number;
  /** Samples of statsd with a time that CloudWatch does not take. */
  readonly outOfTime: number;
}

export const NO_COUNTS: CollectionCounts = {
  packets: 0,
  samples: 0,
  malformed: 0,
  ignored: 0,
  kernelDrops: 0,
  invalidValue: 0,
  unnamed: 0,
  overflow: 0,
  statsdOverflow: 0,
  outOfTime: 0,
};

/** Counters go on when a plan replaces a run by another. */
export function added(former: CollectionCounts, more: CollectionCounts): CollectionCounts {
  const names = Object.keys(former) as (keyof CollectionCounts)[];
  return Object.fromEntries(
    names.map((name) => [name, former[name] + more[name]]),
  ) as unknown as CollectionCounts;
}
