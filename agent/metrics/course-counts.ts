import type { StatsdCounts } from './statsd/statsd-intake.ts';

/** What became of samples before they were data points, and what statsd brought. */
export interface CourseCounts extends Readonly<StatsdCounts> {
  /** Not a number, infinite, or beyond 2^360. */
  readonly invalidValue: number;
  /** Of statsd while the namespace waits for a tag, or without a name. */
  readonly unnamed: number;
  /** Of the host and of Landfall, beyond the budget. */
  readonly overflow: number;
  /** Of statsd. */
  readonly statsdOverflow: number;
  /** Of statsd, with a time that CloudWatch does not take. */
  readonly outOfTime: number;
}

export const NO_COUNTS: CourseCounts = {
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

/** Counters go on when a plan replaces a course by another. */
export function added(former: CourseCounts, more: CourseCounts): CourseCounts {
  const names = Object.keys(former) as (keyof CourseCounts)[];
  return Object.fromEntries(
    names.map((name) => [name, former[name] + more[name]]),
  ) as unknown as CourseCounts;
}
