import { readFile } from 'node:fs/promises';
import picomatch from 'picomatch';
import { join } from 'node:path';
import type { Facts } from '#config-service';
import type { Clock, Random } from '#kit/clock.ts';
import type { Logger } from '#kit/logger.ts';
import { Aggregator } from './aggregator.ts';
import { NO_COUNTS, type CourseCounts } from './course-counts.ts';
import type { QueuedDatum } from './datum.ts';
import type { Family } from '#kit/metric-family.ts';
import { figuresOf, type HostFigures } from './host/host-figures.ts';
import { createHostReader } from './host/host-reader.ts';
import type { HostSample } from './host/host-sample.ts';
import type { Matches } from './host/process-reader.ts';
import { createSpaceProbe, type StatFs } from './host/space-probe.ts';
import { dimensionSets } from './profiles/dimension-sets.ts';
import { createOwnMeasurements, type OwnCounters } from './profiles/own-measurements.ts';
import type { Measurement } from './profiles/measurement.ts';
import { measurementsOf } from './profiles/profile.ts';
import { createTagPatience } from './tag-patience.ts';
import { seriesKey, seriesOf } from './series.ts';
import { SeriesBudget } from './series-budget.ts';
import { fillNamespace } from './settings/namespace.ts';
import type { MetricsSettings } from './settings/metrics-settings.ts';
import { createStatsdIntake, type StatsdIntake } from './statsd/statsd-intake.ts';

export interface CourseParts {
  readonly settings: MetricsSettings;
  readonly patterns: ReadonlyMap<string, Matches>;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** As the tags have them now. */
  readonly facts: () => Facts;
  readonly ownFamilies: () => readonly Family[];
  readonly ownCounters: OwnCounters;
  readonly onData: (data: readonly QueuedDatum[]) => void;
  readonly root: string;
  readonly statFs?: StatFs;
}

/** One `metrics:` section at work, until it is replaced by another. */
export interface Course {
  readonly figures: HostFigures | undefined;
  readonly statsd: StatsdIntake | undefined;
  readonly hanging: readonly string[];
  /** Of the plan: mounts that are not there, and patterns that match none. */
  readonly mountsNotThere: readonly string[];
  /** As it is filled now; undefined before the first sample and while it waits. */
  readonly namespace: string | undefined;
  /** A placeholder of the namespace, or for a while a dimension, that has no value on this instance; nothing is told meanwhile. */
  readonly waitingFor: string | undefined;
  readonly sampledAt: number | undefined;
  readonly counts: CourseCounts;
  series(now: number): number;
  /** Hands over the open window and goes on. */
  flush(): void;
  /** Hands over the open window, too. */
  stop(): Promise<void>;
}

/** Of the host and of Landfall; a plan that collects everything on a large machine has a few hundred. */
const MAX_SERIES = 2_000;

/** Samples at once, and then each interval; a sample that takes long delays the next one. */
export function startCourse(parts: CourseParts): Course {
  const { settings, clock, random, logger, facts, ownFamilies, onData, root } = parts;
  const { intervalMs, highResolution } = settings;
  const aggregator = new Aggregator({ windowMs: intervalMs, highResolution });
  const budget = new SeriesBudget(MAX_SERIES);
  const space = createSpaceProbe(clock, root, parts.statFs);
  const read = createHostReader({ clock, root, settings, patterns: parts.patterns, space });
  const ownMeasurements = createOwnMeasurements(settings.own, parts.ownCounters);
  const isWanted = settings.only === undefined ? () => true : picomatch([...settings.only]);
  const patience = createTagPatience(settings.dimensions, facts, clock, root);
  let missing: string | undefined;
  const stopping = new AbortController();
  const statsd =
    settings.statsd &&
    createStatsdIntake({
      settings: settings.statsd,
      aggregator,
      clock,
      logger,
      seriesFor: (name, unit, tags) => {
        const into = namespaceNow();
        // The instance's own dimensions first: thirty tags must not push InstanceId out.
        const [own = []] = dimensionSets({ ...settings, aggregated: false, autoScaling: false }, facts());
        return into === undefined ? undefined : seriesOf(into, name, unit, [...own, ...tags]);
      },
      readDropsFile: (name) => readFile(join(root, 'proc/net', name), 'utf8').catch(() => ''),
    });
  let before: HostSample | undefined;
  let figures: HostFigures | undefined;
  let namespace: string | undefined;
  let waitingFor: string | undefined;
  const running = run();

  return {
    get figures() {
      return figures;
    },
    statsd,
    get hanging() {
      return space.hanging;
    },
    get mountsNotThere() {
      return before?.mountsNotThere ?? [];
    },
    get namespace() {
      return namespace;
    },
    get waitingFor() {
      return waitingFor;
    },
    get sampledAt() {
      return before?.at;
    },
    get counts() {
      return {
        ...NO_COUNTS,
        ...statsd?.counts,
        invalidValue: aggregator.invalid,
        unnamed: statsd?.unnamed ?? 0,
        overflow: budget.overflow,
        statsdOverflow: statsd?.overflow ?? 0,
        outOfTime: statsd?.outOfTime ?? 0,
      };
    },
    series: (now) => budget.active(now) + (statsd?.series(now) ?? 0),
    flush() {
      statsd?.flush();
      onData(aggregator.closeAll());
    },
    async stop() {
      stopping.abort();
      await running;
      await statsd?.close();
      onData(aggregator.closeAll());
    },
  };

  async function run(): Promise<void> {
    try {
      await tick();
      // A fleet that boots together does not report together.
      let next = clock.monotonic() + random() * intervalMs;
      for (;;) {
        await clock.sleep(Math.max(0, next - clock.monotonic()), stopping.signal);
        await tick();
        while (next <= clock.monotonic()) next += intervalMs;
      }
    } catch (error) {
      if (!stopping.signal.aborted) logger.error('metrics stopped', { error: String(error) });
    }
  }

  async function tick(): Promise<void> {
    await statsd?.tick();
    const sample = await read();
    figures = figuresOf(before, sample, intervalMs);
    before = sample;
    missing = await patience.missing();
    const into = namespaceNow();
    if (into !== undefined) {
      const own = ownMeasurements(ownFamilies());
      const ofHost = measurementsOf(figures, settings).filter(({ name }) => isWanted(name));
      for (const measurement of [...ofHost, ...own]) {
        record(into, measurement, sample.at);
      }
    }
    onData(aggregator.closeBefore(clock.now()));
  }

  function record(into: string, { name, unit, value, dimensions }: Measurement, at: number): void {
    for (const set of dimensionSets(settings, facts())) {
      const series = seriesOf(into, name, unit, [...set, ...dimensions]);
      if (series && budget.admit(seriesKey(series), at)) aggregator.add(series, value, at);
    }
  }

  function namespaceNow(): string | undefined {
    const filled = fillNamespace(settings.namespace, facts());
    const wanted = filled.kind === 'waiting' ? filled.placeholder : missing;
    if (wanted !== undefined && wanted !== waitingFor) {
      logger.warn('metrics wait for a tag of this instance', { for: wanted });
    }
    waitingFor = wanted;
    namespace = filled.kind === 'filled' && wanted === undefined ? filled.namespace : undefined;
    return namespace;
  }
}
