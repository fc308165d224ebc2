import type { Facts, GenerationPolicy, LayerSource } from '#config-service';
import type { Applier } from '#agent/daemon/configuration/applier.ts';
import { Configurator, type Checked } from '#agent/daemon/configuration/configurator.ts';
import { NamedFactsReader } from '#agent/daemon/configuration/named-facts.ts';
import { GenerationRing } from '#agent/daemon/configuration/generation-ring.ts';
import type { Kept } from '#agent/daemon/runtime/state-store.ts';
import { OverrideSet } from '#agent/daemon/runtime/override-set.ts';
import { BootTimes } from '#agent/daemon/runtime/boot-times.ts';
import { readPlanPolicy } from './plan-policy.ts';
import type { Fields, Logger } from '#kit/logger.ts';
import { ok, type Fail, type Outcome, type Retry } from '#kit/outcome.ts';
import { EventLog } from '../../config-service/server/backend/event-log.ts';
import { createTreeSource } from '../../config-service/sources/tree-source.ts';
import { FakeClock } from './fake-clock.ts';
import { payrollFacts } from './layer-generator.ts';
import { MemoryStore } from './memory-store.ts';

export const ORDER = ['base', 'region/{region}', 'role/{role}'];

export interface ConfiguratorBench {
  readonly clock: FakeClock;
  readonly store: MemoryStore;
  readonly ring: GenerationRing;
  readonly overrides: OverrideSet;
  readonly events: EventLog;
  readonly configurator: Configurator;
  /** Every log line, as text. */
  readonly log: string[];
  /** Releases and layers that were saved, as `layer/path` lists. */
  readonly saved: string[][];
  /** How often content was judged. */
  judged(): number;
  /** What the next checks learn from the tags. */
  facts: Outcome<Facts> | Error;
  /** What every fetch comes to instead, while it is set. */
  outage: Retry | Fail | undefined;
  check(): Promise<Outcome<Checked>>;
  /** Values that are served now. */
  values(): Readonly<Record<string, string>>;
  /** `kind code` of the events since the last call. */
  news(): string[];
}

/** A configurator over a bucket in memory, read by the real tree source; everything else is real, too. */
export function configuratorBench(
  options: {
    policy?: Partial<GenerationPolicy>;
    kept?: Kept;
    addressOf?: (facts: Facts) => string;
    applier?: Applier;
    clock?: FakeClock;
    breathe?: () => Promise<unknown>;
  } = {},
): ConfiguratorBench {
  const clock = options.clock ?? new FakeClock();
  const store = new MemoryStore();
  const ring = new GenerationRing();
  const overrides = new OverrideSet(clock);
  const events = new EventLog(clock);
  const log: string[] = [];
  const saved: string[][] = [];
  let judged = 0;
  let heard = 0;
  const addressOf = options.addressOf ?? (() => 'p');
  const named = new NamedFactsReader({ read: async () => ok(undefined) }, clock);
  const configurator = new Configurator({
    nameFacts: (facts, layers, signal) => named.name(facts, layers, signal),
    clock,
    logger: loggerInto(log),
    events,
    ring,
    overrides,
    order: ORDER,
    boot: new BootTimes(() => ({ ms: 0, cpuMs: 0 }), 0),
    kept: options.kept,
    ...(options.applier ? { applier: options.applier } : {}),
    ...(options.breathe ? { breathe: options.breathe } : {}),
    readFacts: async () => {
      if (bench.facts instanceof Error) throw bench.facts;
      return bench.facts;
    },
    openSource: (facts) => {
      const prefix = addressOf(facts);
      const tree = createTreeSource({ store, prefix });
      const fetch: LayerSource['fetch'] = async (request) => bench.outage ?? tree.fetch(request);
      return ok({ address: `s3://config/${prefix}`, source: { fetch } });
    },
    memory: {
      save: async ({ layers }) => {
        saved.push(layers.flatMap(({ name, files }) => files.map(({ path }) => `${name}/${path}`)));
      },
    },
    policy: {
      guard: 'enforce',
      maxShrink: 0.5,
      readPlan: (layers) => {
        judged += 1;
        return readPlanPolicy(layers);
      },
      ...options.policy,
    },
  });
  const bench: ConfiguratorBench = {
    clock,
    store,
    ring,
    overrides,
    events,
    configurator,
    log,
    saved,
    judged: () => judged,
    facts: ok(payrollFacts),
    outage: undefined,
    check: () => configurator.check(new AbortController().signal),
    values: () =>
      Object.fromEntries([...(ring.active?.effective.values() ?? [])].map(({ key, value }) => [key, value])),
    news: () => {
      const fresh = events.since(heard);
      heard = events.lastId;
      return fresh.map(({ kind, data }) => [kind, data['state'], data['code']].filter(Boolean).join(' '));
    },
  };
  return bench;
}

export function loggerInto(log: string[]): Logger {
  const write = (message: string, fields: Fields = {}) =>
    void log.push(`${message} ${JSON.stringify(fields)}`);
  return { debug: write, info: write, warn: write, error: write };
}
