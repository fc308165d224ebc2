import { ok, type Outcome } from '#kit/outcome.ts';
import type { MetricsSection } from '../plan/plan.ts';
import { memberOf, writtenOf } from '../plan/plan-node.ts';
import type { Family } from '#kit/metric-family.ts';
import { createSerial } from '#kit/serial.ts';
import { added, NO_COUNTS } from './course-counts.ts';
import type { Matches } from './host/process-reader.ts';
import {
  startCollection,
  type CollectionRun,
  type CollectionParts,
  type Observation,
} from './collection-run.ts';
import { metricsFamilies, metricsStatus, type ReportInput, type MetricsDocument } from './metrics-report.ts';
import { OwnCounters } from './profiles/own-measurements.ts';
import { readMetricsSettings } from './settings/read-metrics-settings.ts';
import type { MetricsSettings } from './base/metrics-settings.ts';
import { createDelivery, type DeliveryParts } from './sink/delivery.ts';

export interface MetricsPipelineParts
  extends DeliveryParts, Pick<CollectionParts, 'facts' | 'ownFamilies' | 'statFs'> {
  /** The counters of `ownFamilies` began no earlier than this pipeline. */
  readonly sinceStart: boolean;
  /** `/` but in tests. */
  readonly root?: string;
}

export interface MetricsPipeline {
  readonly name: string;
  /**
   * Does what `section` says from now on, the first time as later; undefined: nothing. What was collected before is still
   * sent. Fails with `LF_PLAN_INVALID` and leaves what is under way as it is.
   */
  reconfigure(section: MetricsSection | undefined): Promise<Outcome<void>>;
  /** The tag that a dimension or the namespace waits for. */
  waitingFor(): string | undefined;
  /** A value of one line of a log, or of another program: sent with the rest while something is collected. */
  observe(observation: Observation): void;
  /** `pipelines.metrics`; undefined while nothing is collected. */
  status(): MetricsDocument | undefined;
  /** For `GET /metrics`. */
  families(): readonly Family[];
  /** Hands over the open window and sends until `deadlineMs` have passed, and goes on. */
  flush(deadlineMs: number): Promise<void>;
  /** Hands over the open window and sends until `deadlineMs` have passed; the rest stays on disk. Ends the pipeline. */
  drain(deadlineMs: number): Promise<void>;
  /** As `drain`, in `CLOSE_MS`. */
  close(): Promise<void>;
}

const CLOSE_MS = 5_000;

/** Costs nothing until a plan has metrics: load this module then. */
export function createMetricsPipeline(parts: MetricsPipelineParts): MetricsPipeline {
  const { clock } = parts;
  const delivery = createDelivery(parts);
  const ownCounters = new OwnCounters(parts.sinceStart);
  let active:
    | {
        readonly settings: MetricsSettings;
        readonly written: string | undefined;
        readonly run: CollectionRun;
      }
    | undefined;
  /** Counts of collection runs that are over. */
  let former = NO_COUNTS;
  /** Two changes at once would leave one running that nobody knows. */
  const serial = createSerial();
  let ending: Promise<void> | undefined;

  const reportInput = (): ReportInput | undefined =>
    active && { ...active, counts: added(former, active.run.counts), delivery, now: clock.now() };

  const pipeline: MetricsPipeline = {
    name: 'metrics',
    reconfigure: (section) => serial.run(() => change(section)),
    waitingFor: () => active?.run.waitingFor,
    observe: (observation) => active?.run.observe(observation),
    status: () => {
      const input = reportInput();
      return input && metricsStatus(input);
    },
    families: () => {
      const input = reportInput();
      return input ? metricsFamilies(input) : [];
    },
    async flush(deadlineMs) {
      if (ending !== undefined) return;
      active?.run.flush();
      await within(deadlineMs, (late) => delivery.flush(late));
    },
    drain: (deadlineMs) => (ending ??= serial.run(() => end(deadlineMs))),
    close: () => pipeline.drain(CLOSE_MS),
  };
  return pipeline;

  async function change(section: MetricsSection | undefined): Promise<Outcome<void>> {
    const written = section && JSON.stringify(writtenOf(section.settings));
    if (ending !== undefined || written === active?.written) return ok(undefined);
    if (section === undefined) {
      await stopCourse();
      return ok(undefined);
    }
    const compile = await patternCompiler(section);
    const settings = readMetricsSettings(section, (pattern) => compile(pattern) !== undefined);
    if (settings.kind !== 'ok') return settings;
    const patterns = new Map<string, Matches>();
    for (const [name, pattern] of settings.value.processes) {
      const matches = compile(pattern);
      if (matches) patterns.set(name, matches);
    }
    await stopCourse();
    const { root = '/', ...rest } = parts;
    const run = startCollection({
      ...rest,
      root,
      ownCounters,
      settings: settings.value,
      patterns,
      onData: (data) => delivery.put(data),
    });
    active = { settings: settings.value, written, run };
    return ok(undefined);
  }

  async function stopCourse(): Promise<void> {
    await active?.run.stop();
    if (active) former = added(former, active.run.counts);
    active = undefined;
  }

  async function end(deadlineMs: number): Promise<void> {
    await active?.run.stop();
    await within(deadlineMs, (late) => delivery.drain(late));
  }

  async function within(deadlineMs: number, work: (late: AbortSignal) => Promise<void>): Promise<void> {
    const late = new AbortController();
    const over = new AbortController();
    const timer = clock.sleep(deadlineMs, over.signal).then(
      () => late.abort(),
      () => {},
    );
    await work(late.signal);
    over.abort();
    await timer;
  }
}

/** Whether a section can be followed: `LF_PLAN_INVALID` with every place that is wrong. */
export async function judgeMetrics(section: MetricsSection): Promise<Outcome<MetricsSettings>> {
  const compile = await patternCompiler(section);
  return readMetricsSettings(section, (pattern) => compile(pattern) !== undefined);
}

type Compile = (pattern: string) => Matches | undefined;

/** The engine is loaded for plans with patterns only. */
async function patternCompiler({ settings }: MetricsSection): Promise<Compile> {
  if (memberOf(settings, 'processes') === undefined) return () => undefined;
  const { RE2JS } = await import('re2js');
  return (pattern) => {
    try {
      const compiled = RE2JS.compile(pattern);
      return (commandLine) => compiled.matcher(commandLine).find();
    } catch {
      return undefined;
    }
  };
}
