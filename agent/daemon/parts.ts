import { DEFAULT_LAYER_ORDER, EventLog, type ApiBackend, type LayerContent } from '#config-service';
import type { Closable } from '#kit/lifecycle.ts';
import { ok, type Outcome } from '#kit/outcome.ts';
import { readHostname } from '../identity/network-facts.ts';
import type { Plan } from '../plan/plan.ts';
import { createPlanCache } from '../plan/plan-cache.ts';
import { createSecrets, type ReadAgain } from '../secrets/secrets.ts';
import type { Settings } from '../settings/settings.ts';
import { Activity } from './runtime/activity.ts';
import { createAddressBook } from './configuration/address-book.ts';
import { createFetchTable } from './configuration/address-table.ts';
import { createAgentBackend } from './agent-backend.ts';
import { triedAgain } from './configuration/apply-failure.ts';
import { createCaches } from './configuration/caches.ts';
import { watchHostNames } from './applying/host-names-watch.ts';
import { watchClaims } from './applying/claim-watch.ts';
import type { ChangeCounts, Checked, Configurator } from './configuration/configurator.ts';
import { clearConfigTree, withConfigTree } from './applying/config-tree-applier.ts';
import { createConfigurator } from './configuration/configurator-wiring.ts';
import { createDeparture, type TerminationWiring } from './applying/termination-wiring.ts';
import { foreignCount, recordRelocation } from './reporting/fence-report.ts';
import { watchLeaks } from './reporting/leaks.ts';
import { GenerationRing } from './configuration/generation-ring.ts';
import type { BootContext } from './boot/boot-context.ts';
import { hostsFileOf } from './boot/boot-fence.ts';
import { HealthReporter } from './configuration/health-reporter.ts';
import type { Host } from './runtime/host.ts';
import { createLateFence } from './boot/late-fence.ts';
import { createLazyApplier } from './applying/lazy-applier.ts';
import { OverrideExpiry } from './configuration/override-expiry.ts';
import { OverrideSet } from './runtime/override-set.ts';
import { createPipelines, type Pipelines } from './telemetry/pipelines.ts';
import { paceOf, Poller } from './configuration/poller.ts';
import { openStores } from './configuration/stores.ts';
import { createPeerWiring } from './configuration/peer-wiring.ts';
import { RefusedCandidates } from './configuration/refused-candidates.ts';
import { createRelayLogger } from './runtime/relay-logger.ts';
import { createReports, ownMetrics, type Reports } from './reporting/reports.ts';
import { createUnreadReport } from './reporting/unread-report.ts';
import { pipelineWaits, rolloutWait, storeWaits, Waits } from './reporting/waits.ts';

/** A check that was asked for; `secrets`: what came of reading them again, where there are any. */
export interface Refreshed extends Checked {
  readonly secrets?: ReadAgain;
}

/** The running parts, wired and not yet started. */
export interface Agent {
  readonly ring: GenerationRing;
  readonly poller: Poller<Checked>;
  readonly expiry: OverrideExpiry;
  readonly health: HealthReporter;
  readonly backend: ApiBackend;
  readonly reports: Reports;
  /** A check at once, for who asks. */
  readonly refresh: () => Promise<Outcome<Refreshed>>;
  /** The first generation is on its way into this host. */
  readonly isApplying: () => boolean;
  readonly changes: () => ChangeCounts;
  readonly departure: TerminationWiring;
  /** What has to be closed besides, in the order it was started. */
  readonly others: readonly Closable[];
}

/** What it is started for. */
export interface Boot {
  /** Whether logs and metrics are sent: a bootstrap leaves that to the daemon that comes after it. */
  readonly ships: boolean;
  /** Epoch ms at which nobody waits for a first generation any more. */
  readonly givesUpAt: number | undefined;
}

/** How long a changed secret may go unnoticed. */
const SECRETS_REFRESH_MS = 300_000;

/**
 * Wires the daemon's parts on the boot context.
 * @param onTick is told every outcome of the poll loop, after the last known good had its chance.
 */
export async function createAgent(
  settings: Settings,
  rawHost: Host,
  bootContext: BootContext,
  onTick: (outcome: Outcome<Checked>, ring: GenerationRing) => void,
  { ships, givesUpAt }: Boot = { ships: true, givesUpAt: undefined },
): Promise<Agent> {
  const { clock } = rawHost;
  // What is shipped may be the agent's own log, too: from where that is known on.
  const relay = createRelayLogger(rawHost.logger);
  const { logger } = relay;
  const host = { ...rawHost, logger };
  const { memory } = bootContext;
  const activity = new Activity(host);
  const events = new EventLog(clock);
  const ring = new GenerationRing();
  const overrides = new OverrideSet(clock);
  overrides.replace(await memory.loadOverrides());
  const refused = new RefusedCandidates(
    { clock, events, logger, memory },
    await memory.loadRefusedCandidates(),
  );
  const health = new HealthReporter(clock, logger, foreignCount(bootContext.fenced) > 0);
  recordRelocation(bootContext.fenced, bootContext.identity.region, events, logger);
  const order = settings.layers.length > 0 ? settings.layers : DEFAULT_LAYER_ORDER;
  const caches = createCaches();
  const plansOf = createPlanCache(caches.plans);
  const readPlan = (layers: readonly LayerContent[]): Plan => plansOf(layers).plan;
  const secrets = createSecrets({
    aws: bootContext.clients.aws,
    pin: bootContext.identity,
    cache: memory.secrets,
    clock,
    random: host.random,
    logger,
    refreshMs: SECRETS_REFRESH_MS,
    onChange: () => void takeUpSecrets(),
  });
  const stores = await openStores(order, {
    settings,
    host,
    bootContext,
    events,
    during: (name, work) => activity.during(name, work),
    onSecretsMoved: () => secrets.readAgain(),
  });
  const fence = createLateFence({
    options: bootContext.fenced.again,
    fenced: bootContext.fenced,
    onFound: (found) => recordRelocation(found, bootContext.identity.region, events, logger),
  });
  const applier = await createLazyApplier({
    readPlan,
    memory,
    hostsFile: hostsFileOf(settings, bootContext.fenced.again),
    load: async () => {
      const { createHostApplication, sweepCommandFolders } = await import('./applying/host-applier.ts');
      // What a kill -9 left.
      await sweepCommandFolders(settings.runDir);
      return createHostApplication({
        settings,
        host,
        activity,
        bootContext,
        guard: { mode: settings.guard, strictness: settings.strictness, addresses },
        readPlan,
        secretTexts: () => secrets.texts(),
        onOutput: (label, stream, line) => {
          rawHost.logger.info('output', { command: label, stream, line });
          pipelines.output(label, stream, line);
        },
        hasLetGo: () => departure.hasLetGo(),
        fenceMounted: (certainly) => fence.check(certainly),
        home: () => configurator.scope?.opened.address ?? settings.source,
      });
    },
  });
  const { runDir } = settings;
  if (settings.configTree === 'off') await clearConfigTree(runDir);
  const addresses = createAddressBook({
    ...host,
    fetch: createFetchTable(settings.ipRanges, settings.trustedKeys, () => configurator.scope?.opened),
    onChange: () => {
      configurator.reconsider('all');
      void poller.pollNow();
    },
  });
  const parts = { settings, host, bootContext, addresses, events, ring, overrides, order, refused, health };
  const pipelines: Pipelines = createPipelines({
    host: rawHost,
    relay,
    clients: bootContext.clients,
    memory,
    landing: bootContext.fenced.landing,
    readPlan,
    facts: () => configurator.scope?.facts,
    hostname: () => readHostname(bootContext.imds),
    ships,
    ownFamilies: () => ownMetrics(subjects),
  });
  const peers = createPeerWiring({
    host,
    bootContext,
    planOf: readPlan,
    // A bootstrap is over before anybody could ask.
    lives: ships,
    onChange: () => void poller.pollNow(),
  });
  const configurator: Configurator = await createConfigurator({
    ...parts,
    caches,
    stores,
    readPolicy: (layers) => plansOf(layers).policy,
    secrets: {
      settle: (build, signal) => activity.during('secrets', () => secrets.settle(build, signal)),
      accepted: () => secrets.accepted(),
    },
    applier: settings.configTree === 'on' ? withConfigTree(applier, runDir) : applier,
    judgeFurther: (layers) => pipelines.judge(layers),
    peersFor: (facts, layers, opened) => peers.of(facts, layers, opened),
  });
  const leaks = watchLeaks({
    settings,
    host,
    home: bootContext.identity.region,
    imds: bootContext.imds,
    events,
    addresses,
    // A bootstrap is over before anything talks.
    generation: () => (ships ? ring.active : undefined),
    isSecret: (key) => ring.isSecret(key),
    plan: () => configurator.layers && readPlan(configurator.layers),
  });
  const departure = createDeparture({
    host,
    bootContext,
    events,
    configurator,
    applier,
    pipelines,
    readPlan,
    peers,
  });
  const leftMs = (): number => (givesUpAt ?? Infinity) - host.clock.now();
  const pace = paceOf(bootContext.identity.instanceId, settings.intervalMs, () => !ring.active, leftMs);
  const poller: Poller<Checked> = createPoller(pace, host, async (signal) => {
    const held = await fence.check();
    if (held) {
      onTick(held, ring);
      return held;
    }
    const booting = !ring.active;
    // What the last tick brought: told in this one, so that a fleet that follows a change never asks for more than twice
    // what it always asks for (law 7). At boot there is no crowd, and operators wait.
    if (!booting) health.flush();
    leaks.tick();
    addresses.recheck(signal);
    const outcome = await configurator.check(signal);
    if (booting) health.flush();
    if (outcome.kind !== 'ok' && !ring.active && !signal.aborted) await configurator.recover(signal);
    // Of a bootstrap that failed, too: what its scripts said is worth most then.
    pipelines.follow(configurator.layers ?? (ships ? undefined : configurator.fetchedLayers));
    // Also when the last known good stood in: the instance is up.
    if ((booting && ring.active) || (outcome.kind === 'ok' && outcome.value.changed))
      void departure.launched();
    departure.tellNotices();
    const isReady = ring.active !== undefined && configurator.settled && leaks.fault === undefined;
    peers.announce(isReady ? configurator.scope : undefined, configurator.layers);
    waits.look();
    unread.look();
    onTick(outcome, ring);
    return ring.active ? outcome : triedAgain(outcome, configurator);
  });
  const stop = new AbortController();
  const expiry = new OverrideExpiry(clock, overrides, (keys) => {
    // Refused without the override: the generation with it stays, and the next check says so.
    void configurator.rebuild(stop.signal).catch((error: unknown) => {
      if (!stop.signal.aborted)
        logger.error('an expired override could not be taken back', { error: String(error) });
    });
    for (const key of keys) events.record('override', { action: 'expired', key });
    void bootContext.memory.saveOverrides(overrides.active);
  });
  const waits = new Waits(host, () => [
    ...rolloutWait(configurator.chosen, bootContext.identity.instanceId, refused.list),
    ...storeWaits(stores?.report() ?? []),
    ...pipelineWaits(pipelines.missingTags()),
  ]);
  const unread = createUnreadReport({
    logger,
    order,
    properties: () => configurator.fetchedLayers && plansOf(configurator.fetchedLayers).policy.properties,
    others: () => configurator.others,
  });
  const schedule = { nextAt: () => poller.nextAt, givesUpAt };
  const subjects = {
    activity,
    waits,
    unread,
    schedule,
    settings,
    host,
    bootContext,
    fence,
    configurator,
    addresses,
    ring,
    overrides,
    refused,
    events,
    caches,
    secrets,
    stores,
    leaks,
    peers,
  };
  const reports = createReports({
    ...subjects,
    pipelines,
    departure,
    hosts: () => (configurator.layers ? readPlan(configurator.layers).hosts : []),
    claims: () => applier.application?.claims.status(),
  });
  /** With the files of the last fetch where the source does not answer: a rotated secret must not wait for it. */
  const takeUpSecrets = async (): Promise<Outcome<Checked>> => {
    configurator.reconsider('all');
    const outcome = await poller.pollNow();
    if (outcome.kind === 'retry' && ring.active && !stop.signal.aborted)
      await configurator.rebuild(stop.signal).catch(() => {});
    return outcome;
  };
  const refresh = async (): Promise<Outcome<Refreshed>> => {
    const before = ring.active?.number;
    // Not those of an agent that stops, whose poller says so.
    const [read] = await Promise.all([secrets.readAgain().catch(() => undefined), stores?.readAgain()]);
    if (read?.changed) return sinceAsked(await takeUpSecrets(), before, read);
    // Whoever asks wants it tried: a script that failed may be healed by now.
    configurator.reconsider('failed');
    return sinceAsked(await poller.pollNow(), before, read);
  };
  const backend = createAgentBackend({
    clock,
    identity: bootContext.identity,
    configurator,
    ring,
    overrides,
    events,
    order,
    reports,
    fence,
    leaks,
    activity,
    waits,
    schedule,
    stop: stop.signal,
    stores: () => stores?.report() ?? [],
    pollNow: refresh,
    keepOverrides: async (next) => {
      expiry.arm();
      await bootContext.memory.saveOverrides(next);
    },
  });
  const orders = { name: 'orders', close: async () => stop.abort() };
  const claimWatch = watchClaims({
    clock,
    logger,
    events,
    claims: () => (departure.hasLetGo() ? undefined : applier.application?.claims),
  });
  const hostNames = watchHostNames({
    clock,
    logger,
    events,
    hostNames: () => applier.application?.hostNames,
  });
  const others: readonly Closable[] = [
    { name: 'secrets', close: () => secrets.close() },
    { name: 'stores', close: async () => stores?.close() },
    claimWatch,
    hostNames,
    leaks,
    peers,
    pipelines,
    // Ends what was asked for over the API and is under way.
    orders,
    departure,
  ];
  const isApplying = (): boolean => !configurator.settled;
  const changes = (): ChangeCounts => configurator.changes;
  return { ring, poller, expiry, health, backend, reports, refresh, isApplying, changes, departure, others };
}

/** A check of its own may come first, and take up what was asked for: then the one that was asked for changes nothing more. */
function sinceAsked(
  outcome: Outcome<Checked>,
  before: number | undefined,
  secrets: ReadAgain | undefined,
): Outcome<Refreshed> {
  if (outcome.kind !== 'ok') return outcome;
  const { changed, generation } = outcome.value;
  const checked = { changed: changed || generation !== before, generation };
  return ok(secrets && secrets.inUse > 0 ? { ...checked, secrets } : checked);
}

function createPoller(
  pace: ReturnType<typeof paceOf>,
  { clock, random }: Host,
  tick: (signal: AbortSignal) => Promise<Outcome<Checked>>,
): Poller<Checked> {
  return new Poller<Checked>({ ...pace, clock, random, tick });
}
