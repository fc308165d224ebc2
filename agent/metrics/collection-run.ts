import picomatch from 'picomatch';
import { join } from 'node:path';
import type { Facts } from '#config-service';
import type { Clock, Random } from '#kit/clock.ts';
import type { Logger } from '#kit/logger.ts';
import { socketTable } from '#kit/socket-table.ts';
import { Aggregator } from './base/aggregator.ts';
import { NO_COUNTS, type CollectionCounts } from './course-counts.ts';
import type { QueuedDatum } from './base/datum.ts';
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
import { seriesKey, seriesOf, UNITS, type Dimension } from './base/series.ts';
import { SeriesBudget } from './base/series-budget.ts';
import { fillNamespace } from './base/namespace.ts';
import type { MetricsSettings } from './base/metrics-settings.ts';
import { createStatsdIntake, type StatsdIntake } from './statsd/statsd-intake.ts';

export interface CollectionParts {
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

/** One value that somebody else measured on this host. */
export interface Observation {
  readonly metric: string;
  /** As CloudWatch calls it; `None` for what is no unit. */
  readonly unit: string;
  readonly value: number;
  /** Beside those of the instance. */
  readonly dimensions: readonly Dimension[];
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** One `metrics:` section at work, until it is replaced by another. */
export interface CollectionRun {
  readonly figures: HostFigures | undefined;
  readonly statsd: StatsdIntake | undefined;
  readonly hanging: readonly string[];
  /** Mounts of the plan that are not there, and patterns that match none. */
  readonly mountsNotThere: readonly string[];
  /** As it is filled now; undefined before the first sample and while it waits. */
  readonly namespace: string | undefined;
  /** A placeholder of the namespace, or for a while a dimension, that has no value on this instance; nothing is told meanwhile. */
  readonly waitingFor: string | undefined;
  readonly sampledAt: number | undefined;
  readonly counts: CollectionCounts;
  series(now: number): number;
  observe(observation: Observation): void;
  /** Hands over the open window and goes on. */
  flush(): void;
  /** Hands over the open window, too. */
  stop(): Promise<void>;
}

const OLDEST_MS = 3 * 3_600_000;

/** Of the host and of Landfall; a plan that collects everything on a large machine has a few hundred. */
const MAX_SERIES = 2_000;

/** Samples at once, and then each interval; a sample that takes long delays the next one. */
export function startCollection(parts: CollectionParts): CollectionRun {
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
      readDropsFile: (name) => socketTable(join(root, 'proc/net', name)),
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
    observe({ metric, unit, value, dimensions, at }) {
      const into = namespaceNow();
      const now = clock.now();
      // CloudWatch shows what is older than a day late or never, and of lines that wait to be sent many are.
      const time = at > now || at < now - OLDEST_MS ? now : at;
      const known = UNITS.find((name) => name === unit) ?? 'None';
      if (into !== undefined) record(into, { name: metric, unit: known, value, dimensions }, time);
    },
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
