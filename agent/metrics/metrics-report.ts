import { formatDuration } from '#kit/duration.ts';
import { isoTime } from '#kit/iso-time.ts';
import { counter, countersBy, gauge, type Family } from '#kit/metric-family.ts';
import { COLLECTIONS, type MetricsSettings } from './base/metrics-settings.ts';
import type { CollectionCounts } from './course-counts.ts';
import type { CollectionRun } from './collection-run.ts';
import { defaultMeasurements } from './profiles/default-profile.ts';
import { hostFamilies } from './profiles/host-families.ts';
import type { Delivery } from './sink/delivery.ts';

export interface ReportInput {
  readonly settings: MetricsSettings;
  readonly run: CollectionRun;
  /** Counts of this collection run and of those before it. */
  readonly counts: CollectionCounts;
  readonly delivery: Pick<Delivery, 'counts' | 'status'>;
  readonly now: number;
}

/** `pipelines.metrics` of `GET /v1/status`. */
export type MetricsDocument = ReturnType<typeof metricsStatus>;

export function metricsStatus({ settings, run, counts, delivery, now }: ReportInput) {
  const { queued, spooled, spooledRecords, failing } = delivery.status();
  const series = run.series(now);
  return {
    namespace: run.namespace ?? settings.namespace.text,
    profile: settings.profile,
    interval: formatDuration(settings.intervalMs),
    waitingFor: run.waitingFor ?? null,
    sampledAt: run.sampledAt === undefined ? null : isoTime(run.sampledAt),
    series,
    cost: { dollarsPerMonth: monthlyCost(series), dollarsPerSeries: DOLLARS_PER_SERIES },
    taken: delivery.counts.taken,
    sent: delivery.counts.sent,
    requests: delivery.counts.requests,
    failedRequests: delivery.counts.failedRequests,
    failing: failing ?? null,
    queue: { memory: queued, disk: spooled, records: spooledRecords },
    dropped: droppedOf(counts, delivery),
    hangingMounts: run.hanging,
    mountsNotThere: run.mountsNotThere,
    statsd: statsdOf(run, counts),
  };
}

/** For `GET /metrics`: the host's figures, whatever profile goes to CloudWatch, and what the pipeline did. */
export function metricsFamilies({ run, counts, delivery, now }: ReportInput): readonly Family[] {
  const { sent, failedRequests } = delivery.counts;
  const { queued, spooled } = delivery.status();
  const figures = run.figures ? defaultMeasurements(run.figures, new Set(COLLECTIONS)) : [];
  return [
    ...hostFamilies(figures),
    gauge('landfall_metrics_series', 'Series of the last hour.', run.series(now)),
    counter('landfall_metrics_sent', 'Data points that CloudWatch took.', sent),
    counter('landfall_metrics_failed_requests', 'Requests that failed.', failedRequests),
    gauge('landfall_metrics_queued', 'Data points that wait, in memory and on disk.', queued + spooled),
    countersBy(
      'cause',
      'landfall_metrics_dropped',
      'Data points and samples that were dropped, by cause.',
      Object.entries(droppedOf(counts, delivery)),
    ),
    ...(run.statsd
      ? [
          counter('landfall_statsd_packets', 'Datagrams received.', counts.packets),
          counter('landfall_statsd_samples', 'Samples received.', counts.samples),
          counter('landfall_statsd_malformed', 'Lines that are no statsd.', counts.malformed),
          counter('landfall_statsd_kernel_drops', 'Datagrams the kernel dropped.', counts.kernelDrops),
        ]
      : []),
  ];
}

function droppedOf(counts: CollectionCounts, delivery: Pick<Delivery, 'counts'>): Record<string, number> {
  const { invalidValue, unnamed, overflow, statsdOverflow, outOfTime } = counts;
  return {
    ...delivery.counts.dropped,
    invalidValue,
    unnamed,
    outOfTime,
    seriesBudget: overflow + statsdOverflow,
  };
}

function statsdOf({ statsd }: CollectionRun, counts: CollectionCounts) {
  if (!statsd) return null;
  const { packets, samples, malformed, ignored, kernelDrops, statsdOverflow } = counts;
  const { port = null, lastMalformed = null } = statsd;
  return {
    port,
    packets,
    samples,
    malformed,
    lastMalformed,
    ignored,
    kernelDrops,
    overflow: statsdOverflow,
  };
}

/**
 * "First 10,000 metrics: $0.30 per metric per month" (CloudWatch pricing, most regions in 2026). Larger accounts pay less for
 * what is above, some regions ask more, and requests ($0.01 per 1,000) come on top.
 */
const DOLLARS_PER_SERIES = 0.3;

/** US dollars for a month of so many series. */
function monthlyCost(series: number): number {
  return Math.round(series * DOLLARS_PER_SERIES * 100) / 100;
}
