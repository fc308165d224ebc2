import type { AwsCalls } from '#agent/aws/aws-calls.ts';
import { Ledger } from '#agent/logs/base/ledger.ts';
import type { LogSource } from '#agent/logs/base/log-source.ts';
import { compileEventFilter } from '#agent/logs/event-filter.ts';
import type { LogGroupSpec } from '#agent/logs/sink/log-group-spec.ts';
import { LogStreams } from '#agent/logs/sink/log-streams.ts';
import { MemoryBudget } from '#agent/logs/sink/memory-budget.ts';
import { SourcePump } from '#agent/logs/source-pump.ts';
import type { FilterSettings } from '#agent/logs/entry/log-plan.ts';
import type { Clock } from '#kit/clock.ts';
import { silentLogger, type Logger } from '#kit/logger.ts';

export const NO_WISH: LogGroupSpec = {
  entry: 'app',
  retentionDays: undefined,
  kmsKey: undefined,
  tags: {},
  class: undefined,
  metricFilters: undefined,
};

export const OPEN_FILTER: FilterSettings = {
  include: [],
  exclude: [],
  redact: [],
  redactPatterns: [],
  maxAgeMs: undefined,
  outOfRange: 'reject',
};

export interface Shipping {
  readonly streams: LogStreams;
  readonly memory: MemoryBudget;
  readonly pump: (
    source: LogSource,
    filter?: Partial<FilterSettings>,
    wish?: LogGroupSpec,
  ) => Promise<SourcePump>;
  /** Resolves when all that the source has is in its final place. */
  readonly finish: (running: SourcePump) => Promise<void>;
  /** As a crash does: nothing more is sent or acknowledged. */
  readonly cut: () => void;
}

/** The sink and its pumps without plan and files. */
export function shipping(options: {
  readonly aws: AwsCalls;
  readonly clock: Clock;
  readonly random?: () => number;
  readonly logger?: Logger;
  readonly memoryBytes?: number;
  readonly keep?: () => Promise<void>;
}): Shipping {
  const { aws, clock, random = () => 0.5, logger = silentLogger, memoryBytes = 24 * 1024 * 1024 } = options;
  const keep = options.keep ?? (() => Promise.resolve());
  const cut = new AbortController();
  const streams = new LogStreams({ aws, clock, random, logger, signal: cut.signal, keep });
  const memory = new MemoryBudget(memoryBytes);
  const parts = { streams, memory, clock, random, logger, signal: cut.signal };
  return {
    streams,
    memory,
    pump: async (source, filter = {}, wish = NO_WISH) => {
      const newFilter = await compileEventFilter({ ...OPEN_FILTER, ...filter }, clock);
      return new SourcePump(parts, source, new Ledger(), newFilter(), wish);
    },
    finish: async (running) => {
      await running.drain();
      streams.hurry();
      await streams.idle();
    },
    cut: () => cut.abort(new Error('cut')),
  };
}

/** Everything `pump` read is in exactly one place. */
export function balanceOf({ ledger }: { readonly ledger: Ledger }): {
  readonly read: number;
  readonly placed: number;
} {
  const { read, acknowledged, filtered, rejected, quarantined, lost, inFlight } = ledger.document();
  const rest = [...Object.values(rejected), ...Object.values(lost)];
  const placed = [acknowledged, filtered, quarantined, inFlight, ...rest].reduce(
    (sum, { events }) => sum + events,
    0,
  );
  return { read: read.events, placed };
}
