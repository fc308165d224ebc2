import type { EventLog, GenerationPolicy } from '#config-service';
import { factsOf } from '../identity/tags.ts';
import type { Secrets } from '../secrets/secrets.ts';
import type { Settings } from '../settings/settings.ts';
import type { AddressBook } from './address-book.ts';
import type { Applier } from './applier.ts';
import type { Caches } from './caches.ts';
import { Configurator, type ConfiguratorOptions } from './configurator.ts';
import type { GenerationRing } from './generation-ring.ts';
import type { Grounds } from './grounds.ts';
import type { HealthReporter } from './health-reporter.ts';
import type { Host } from './host.ts';
import type { OverrideSet } from './override-set.ts';
import { createReading } from './reading.ts';
import { openSequences } from './followed-sequences.ts';
import type { RefusedCandidates } from './refused-candidates.ts';

interface ConfiguratorParts {
  readonly settings: Settings;
  readonly host: Host;
  readonly grounds: Grounds;
  readonly events: EventLog;
  readonly ring: GenerationRing;
  readonly overrides: OverrideSet;
  readonly order: readonly string[];
  readonly refused: RefusedCandidates;
  readonly health: HealthReporter;
  readonly readPolicy: GenerationPolicy['readPlan'];
  readonly caches: Caches;
  readonly secrets: Pick<Secrets, 'settle' | 'accepted'>;
  readonly applier: Applier;
  readonly judgeFurther: NonNullable<ConfiguratorOptions['judgeFurther']>;
  readonly addresses: AddressBook;
}

/** With what the state folder kept; what the first fetch needs is asked for ahead. */
export async function createConfigurator(parts: ConfiguratorParts): Promise<Configurator> {
  const { settings, host, grounds, events, ring, overrides, order, refused, health } = parts;
  const { readPolicy, caches, secrets, applier, judgeFurther, addresses } = parts;
  const { identity, memory } = grounds;
  const { clock, logger } = host;
  const kept = await memory.load();
  const { facts, openSource, policy } = createReading({
    settings,
    host,
    grounds,
    seenRelease: kept?.fetched.layout === 'release',
    sequences: await openSequences(settings, memory, logger, true),
    avoid: () => refused.digests,
    readPolicy,
    addresses,
    caches,
  });
  // What every fetch starts with does not hang on the tags, unless the address holds one: ask while they are being read.
  openSource(factsOf(identity, new Map(), settings), new AbortController().signal);
  return new Configurator({
    clock,
    logger,
    events,
    ring,
    overrides,
    order,
    memory,
    kept,
    secrets,
    applier,
    judgeFurther,
    addresses,
    readFacts: (signal) => facts.read(signal),
    openSource: (known) => openSource(known),
    onVerdict: (verdict) => {
      refused.note(verdict);
      health.note(verdict);
    },
    policy,
  });
}
