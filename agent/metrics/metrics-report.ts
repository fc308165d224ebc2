import type { Document } from '#config-service';
import { formatDuration } from '#kit/duration.ts';
import { counter, countersBy, gauge, type Family } from '#kit/metric-family.ts';
import type { CourseCounts } from './course-counts.ts';
import type { Course } from './metrics-course.ts';
import { DOLLARS_PER_SERIES, monthlyCost } from './monthly-cost.ts';
import { defaultMeasurements } from './profiles/default-profile.ts';
import { hostFamilies } from './profiles/host-families.ts';
import { COLLECTIONS, type MetricsSettings } from './settings/metrics-settings.ts';
import type { Delivery } from './sink/delivery.ts';

export interface ReportInput {
  readonly settings: MetricsSettings;
  readonly course: Course;
  /** Of this course and those before. */
  readonly counts: CourseCounts;
  readonly delivery: Pick<Delivery, 'counts' | 'status'>;
  readonly now: number;
}

/** `pipelines.metrics` of `GET /v1/status`. */
export function metricsStatus({ settings, course, counts, delivery, now }: ReportInput): Document {
  const { queued, spooled, spooledRecords, failing } = delivery.status();
  const series = course.series(now);
  return {
    namespace: course.namespace ?? settings.namespace.text,
    profile: settings.profile,
    interval: formatDuration(settings.intervalMs),
    waitingFor: course.waitingFor ?? null,
    sampledAt: course.sampledAt === undefined ? null : new Date(course.sampledAt).toISOString(),
    series,
    cost: { dollarsPerMonth: monthlyCost(series), dollarsPerSeries: DOLLARS_PER_SERIES },
    taken: delivery.counts.taken,
    sent: delivery.counts.sent,
    requests: delivery.counts.requests,
    failedRequests: delivery.counts.failedRequests,
    failing: failing ?? null,
    queue: { memory: queued, disk: spooled, records: spooledRecords },
    dropped: droppedOf(counts, delivery),
    hangingMounts: course.hanging,
    mountsNotThere: course.mountsNotThere,
    statsd: statsdOf(course, counts),
  };
}

/** For `GET /metrics`: the host's figures, whatever profile goes to CloudWatch, and what the pipeline did. */
export function metricsFamilies({ course, counts, delivery, now }: ReportInput): readonly Family[] {
  const { sent, failedRequests } = delivery.counts;
  const { queued, spooled } = delivery.status();
  const figures = course.figures ? defaultMeasurements(course.figures, new Set(COLLECTIONS)) : [];
  return [
    ...hostFamilies(figures),
    gauge('landfall_metrics_series', 'Series of the last hour.', course.series(now)),
    counter('landfall_metrics_sent', 'Data points that CloudWatch took.', sent),
    counter('landfall_metrics_failed_requests', 'Requests that failed.', failedRequests),
    gauge('landfall_metrics_queued', 'Data points that wait, in memory and on disk.', queued + spooled),
    countersBy(
      'cause',
      'landfall_metrics_dropped',
      'Data points and samples that were dropped, by cause.',
      Object.entries(droppedOf(counts, delivery)),
    ),
    ...(course.statsd
      ? [
          counter('landfall_statsd_packets', 'Datagrams received.', counts.packets),
          counter('landfall_statsd_samples', 'Samples received.', counts.samples),
          counter('landfall_statsd_malformed', 'Lines that are no statsd.', counts.malformed),
          counter('landfall_statsd_kernel_drops', 'Datagrams the kernel dropped.', counts.kernelDrops),
        ]
      : []),
  ];
}

function droppedOf(counts: CourseCounts, delivery: Pick<Delivery, 'counts'>): Record<string, number> {
  const { invalidValue, unnamed, overflow, statsdOverflow, outOfTime } = counts;
  return {
    ...delivery.counts.dropped,
    invalidValue,
    unnamed,
    outOfTime,
    seriesBudget: overflow + statsdOverflow,
  };
}

function statsdOf({ statsd }: Course, counts: CourseCounts): Document | null {
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
