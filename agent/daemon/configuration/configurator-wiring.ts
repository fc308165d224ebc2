import type { EventLog, Facts, Fetched, GenerationPolicy, Peer, Stores } from '#config-service';
import { ok, type Outcome } from '#kit/outcome.ts';
import { factsOf } from '../../identity/tags.ts';
import type { Secrets } from '../../secrets/secrets.ts';
import type { Settings } from '../../settings/settings.ts';
import type { AddressBook } from './address-book.ts';
import type { Applier } from './applier.ts';
import type { Caches } from './caches.ts';
import { Configurator, type ConfiguratorOptions } from './configurator.ts';
import type { GenerationRing } from './generation-ring.ts';
import type { BootContext } from '../boot/boot-context.ts';
import type { HealthReporter } from './health-reporter.ts';
import type { Host } from '../runtime/host.ts';
import type { OverrideSet } from '../runtime/override-set.ts';
import { createReading } from './config-inputs.ts';
import { openSequences } from './followed-sequences.ts';
import type { RefusedCandidates } from './refused-candidates.ts';
import { fetchPhase, type OpenedSource } from './scope.ts';

interface ConfiguratorParts {
  readonly settings: Settings;
  readonly host: Host;
  readonly bootContext: BootContext;
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
  readonly stores: Stores | undefined;
  /** Who else is online; undefined where the plan does not ask. */
  readonly peersFor: (
    facts: Facts,
    layers: Fetched['layers'],
    opened: OpenedSource,
  ) => Promise<Outcome<readonly Peer[] | undefined>>;
}

/** With what the state folder kept; what the first fetch needs is asked for ahead. */
export async function createConfigurator(parts: ConfiguratorParts): Promise<Configurator> {
  const { settings, host, bootContext, events, ring, overrides, order, refused, health } = parts;
  const { readPolicy, caches, secrets, applier, judgeFurther, addresses, stores, peersFor } = parts;
  const { identity, memory } = bootContext;
  const { clock, logger, boot } = host;
  const kept = await memory.load();
  const { facts, namedFacts, openSource, policy } = createReading({
    settings,
    host,
    bootContext,
    seenRelease: kept?.fetched.layout === 'release',
    sequences: await openSequences(settings, memory, logger, true),
    stores,
    avoid: () => refused.digests,
    readPolicy,
    addresses,
    caches,
  });
  // What every fetch starts with does not hang on the tags, unless the address holds one: ask while they are being read.
  const early = openSource(factsOf(identity, new Map(), settings), new AbortController().signal);
  if (early.kind === 'ok') boot.begin(fetchPhase(early.value));
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
    boot,
    readFacts: (signal) => boot.during('tags', () => facts.read(signal)),
    nameFacts: async (known, layers, signal) => {
      const named = await namedFacts.name(known, layers, signal);
      const opened = openSource(known);
      if (named.kind !== 'ok' || opened.kind !== 'ok') return named;
      const peers = await peersFor(known, layers, opened.value);
      if (peers.kind !== 'ok') return peers;
      return peers.value === undefined
        ? named
        : ok({ ...named.value, facts: { ...named.value.facts, peers: peers.value } });
    },
    openSource: (known) => openSource(known),
    onVerdict: (verdict) => {
      refused.note(verdict);
      health.note(verdict);
    },
    policy,
  });
}
