import type { Document } from '#config-service';
import { formatDuration } from '#kit/duration.ts';
import { counter, countersBy, gauge, type Family } from '#kit/metric-family.ts';
import type { Course } from './metrics-course.ts';
import { DOLLARS_PER_SERIES, monthlyCost } from './monthly-cost.ts';
import { defaultMeasurements } from './profiles/default-profile.ts';
import { hostFamilies } from './profiles/host-families.ts';
import { COLLECTIONS, type MetricsSettings } from './settings/metrics-settings.ts';
import type { Delivery } from './sink/delivery.ts';

export interface ReportInput {
  readonly settings: MetricsSettings;
  readonly course: Course;
  readonly delivery: Pick<Delivery, 'counts' | 'status'>;
  readonly now: number;
}

/** `pipelines.metrics` of `GET /v1/status`. */
export function metricsStatus({ settings, course, delivery, now }: ReportInput): Document {
  const { counts } = delivery;
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
    taken: counts.taken,
    sent: counts.sent,
    requests: counts.requests,
    failedRequests: counts.failedRequests,
    failing: failing ?? null,
    queue: { memory: queued, disk: spooled, records: spooledRecords },
    dropped: droppedOf({ course, delivery }),
    hangingMounts: course.hanging,
    statsd: statsdOf(course),
  };
}

/** For `GET /metrics`: the host's figures, whatever profile goes to CloudWatch, and what the pipeline did. */
export function metricsFamilies({ course, delivery, now }: ReportInput): readonly Family[] {
  const { counts } = delivery;
  const { queued, spooled } = delivery.status();
  const { statsd } = course;
  const figures = course.figures ? defaultMeasurements(course.figures, new Set(COLLECTIONS)) : [];
  return [
    ...hostFamilies(figures),
    gauge('landfall_metrics_series', 'Series of the last hour.', course.series(now)),
    counter('landfall_metrics_sent', 'Data points that CloudWatch took.', counts.sent),
    counter('landfall_metrics_failed_requests', 'Requests that failed.', counts.failedRequests),
    gauge('landfall_metrics_queued', 'Data points that wait, in memory and on disk.', queued + spooled),
    countersBy(
      'cause',
      'landfall_metrics_dropped',
      'Data points and samples that were dropped, by cause.',
      Object.entries(droppedOf({ course, delivery })),
    ),
    ...(statsd
      ? [
          counter('landfall_statsd_packets', 'Datagrams received.', statsd.counts.packets),
          counter('landfall_statsd_samples', 'Samples received.', statsd.counts.samples),
          counter('landfall_statsd_malformed', 'Lines that are no statsd.', statsd.counts.malformed),
          counter('landfall_statsd_kernel_drops', 'Datagrams the kernel dropped.', statsd.counts.kernelDrops),
        ]
      : []),
  ];
}

function droppedOf({ course, delivery }: Pick<ReportInput, 'course' | 'delivery'>): Record<string, number> {
  return {
    ...delivery.counts.dropped,
    invalidValue: course.dropped.invalid,
    unnamed: course.statsd?.unnamed ?? 0,
    seriesBudget: course.dropped.overflow + (course.statsd?.overflow ?? 0),
  };
}

function statsdOf({ statsd }: Course): Document | null {
  return statsd ? { port: statsd.port ?? null, ...statsd.counts, overflow: statsd.overflow } : null;
}
