import type { Distribution } from './distribution.ts';
import type { Series } from './series.ts';

/** MetricDatum as PutMetricData takes it in awsJson. */
export interface MetricDatum {
  readonly MetricName: string;
  readonly Dimensions: readonly { readonly Name: string; readonly Value: string }[];
  /** Seconds since the epoch. */
  readonly Timestamp: number;
  readonly Unit: string;
  readonly Value?: number;
  readonly Values?: readonly number[];
  readonly Counts?: readonly number[];
  readonly StorageResolution?: 1;
}

/** A datum on its way, with where it goes and how much of a request it takes. */
export interface QueuedDatum {
  readonly namespace: string;
  readonly datum: MetricDatum;
  /** Size of its JSON; all of it is ASCII. */
  readonly bytes: number;
}

/** "-2^360 to 2^360. In addition, special values (NaN, +Infinity, -Infinity) are not supported." (MetricDatum) */
export const MAX_MAGNITUDE = 2 ** 360;

export function isSendable(value: number): boolean {
  return Number.isFinite(value) && Math.abs(value) <= MAX_MAGNITUDE;
}

/** @param at milliseconds since the epoch: the beginning of the window. */
export function datumOf(
  series: Series,
  distribution: Distribution,
  at: number,
  highResolution: boolean,
): QueuedDatum {
  const entries = distribution.entries();
  const [first] = entries;
  const isOne = entries.length === 1 && first?.count === 1;
  const datum: MetricDatum = {
    MetricName: series.name,
    Dimensions: series.dimensions.map(({ name, value }) => ({ Name: name, Value: value })),
    Timestamp: at / 1000,
    Unit: series.unit,
    ...(isOne
      ? { Value: first.value }
      : { Values: entries.map(({ value }) => value), Counts: entries.map(({ count }) => count) }),
    ...(highResolution ? { StorageResolution: 1 as const } : {}),
  };
  return { namespace: series.namespace, datum, bytes: JSON.stringify(datum).length };
}
