import { DEFAULT_LAYER_ORDER, EventLog, type Desk, type LayerContent } from '#config-service';
import type { Closable } from '#kit/lifecycle.ts';
import { ok, type Outcome } from '#kit/outcome.ts';
import { readHostname } from '../identity/hostname.ts';
import type { Plan } from '../plan/plan.ts';
import { createPlanMemory } from '../plan/plan-memory.ts';
import { createSecrets, type ReadAgain } from '../secrets/secrets.ts';
import type { Settings } from '../settings/settings.ts';
import { Activity } from './activity.ts';
import { createAddressBook } from './address-book.ts';
import { createFetchTable } from './address-table.ts';
import { createAgentDesk } from './agent-desk.ts';
import { triedAgain } from './apply-failure.ts';
import { createCaches } from './caches.ts';
import { watchClaims } from './claim-watch.ts';
import type { ChangeCounts, Checked, Configurator } from './configurator.ts';
import { createConfigurator } from './configurator-wiring.ts';
import { createDeparture, type Departure } from './departure.ts';
import { recordRelocation } from './fence-report.ts';
import { GenerationRing } from './generation-ring.ts';
import type { Grounds } from './grounds.ts';
import { HealthReporter } from './health-reporter.ts';
import type { Host } from './host.ts';
import { createLateFence } from './late-fence.ts';
import { createLazyApplier } from './lazy-applier.ts';
import { OverrideExpiry } from './override-expiry.ts';
import { OverrideSet } from './override-set.ts';
import { createPipelines, type Pipelines } from './pipelines.ts';
import { Poller } from './poller.ts';
import { RefusedCandidates } from './refused-candidates.ts';
import { createRelayLogger } from './relay-logger.ts';
import { createReports, ownMetrics, type Reports } from './reports.ts';
import { phaseOf } from './schedule.ts';
import { createUnreadReport } from './unread-report.ts';
import { pipelineWaits, rolloutWait, Waits } from './waits.ts';

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
  readonly desk: Desk;
  readonly reports: Reports;
  /** A check at once, for who asks. */
  readonly refresh: () => Promise<Outcome<Refreshed>>;
  /** The first generation is on its way into this host. */
  readonly isApplying: () => boolean;
  readonly changes: () => ChangeCounts;
  readonly departure: Departure;
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
 * Wires the daemon's parts on the grounds.
 * @param onTick is told every outcome of the poll loop, after the last known good had its chance.
 */
export async function createAgent(
  settings: Settings,
  rawHost: Host,
  grounds: Grounds,
  onTick: (outcome: Outcome<Checked>, ring: GenerationRing) => void,
  { ships, givesUpAt }: Boot = { ships: true, givesUpAt: undefined },
): Promise<Agent> {
  const { clock } = rawHost;
  // What is shipped may be the agent's own log, too: from where that is known on.
  const relay = createRelayLogger(rawHost.logger);
  const { logger } = relay;
  const host = { ...rawHost, logger };
  const { memory } = grounds;
  const activity = new Activity(host);
  const events = new EventLog(clock);
  const ring = new GenerationRing();
  const overrides = new OverrideSet(clock);
  overrides.replace(await memory.loadOverrides());
  const refused = new RefusedCandidates(
    { clock, events, logger, memory },
    await memory.loadRefusedCandidates(),
  );
  const health = new HealthReporter(clock, logger);
  recordRelocation(grounds.fenced, grounds.identity.region, events, logger);
  const order = settings.layers.length > 0 ? settings.layers : DEFAULT_LAYER_ORDER;
  const caches = createCaches();
  const plansOf = createPlanMemory(caches.plans);
  const readPlan = (layers: readonly LayerContent[]): Plan => plansOf(layers).plan;
  const secrets = createSecrets({
    aws: grounds.clients.aws,
    pin: grounds.identity,
    cache: memory.secrets,
    clock,
    random: host.random,
    logger,
    refreshMs: SECRETS_REFRESH_MS,
    onChange: () => void takeUpSecrets(),
  });
  const fence = createLateFence({
    options: grounds.fenced.again,
    fenced: grounds.fenced,
    onFound: (found) => recordRelocation(found, grounds.identity.region, events, logger),
  });
  const applier = await createLazyApplier({
    readPlan,
    memory,
    load: async () => {
      const { createHostApplication, sweepCommandFolders } = await import('./host-applier.ts');
      // What a kill -9 left.
      await sweepCommandFolders(settings.runDir);
      return createHostApplication({
        settings,
        host,
        activity,
        grounds,
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
  const addresses = createAddressBook({
    ...host,
    fetch: createFetchTable(
      settings.ipRanges,
      settings.trustedKeys.length === 0,
      () => configurator.scope?.opened,
    ),
    onChange: () => {
      configurator.reconsider('all');
      void poller.poke();
    },
  });
  const parts = { settings, host, grounds, addresses, events, ring, overrides, order, refused, health };
  const pipelines: Pipelines = createPipelines({
    host: rawHost,
    relay,
    clients: grounds.clients,
    memory,
    landing: grounds.fenced.landing,
    readPlan,
    facts: () => configurator.scope?.facts,
    hostname: () => readHostname(grounds.imds),
    ships,
    ownFamilies: () => ownMetrics(subjects),
  });
  const configurator: Configurator = await createConfigurator({
    ...parts,
    caches,
    readPolicy: (layers) => plansOf(layers).policy,
    secrets: {
      settle: (build, signal) => activity.during('secrets', () => secrets.settle(build, signal)),
      accepted: () => secrets.accepted(),
    },
    applier,
    judgeFurther: (layers) => pipelines.judge(layers),
  });
  const departure = createDeparture({
    host,
    grounds,
    events,
    configurator,
    applier,
    pipelines,
    readPlan,
  });
  const poller: Poller<Checked> = createPoller(settings, host, grounds, ring, async (signal) => {
    const held = await fence.check();
    if (held) {
      onTick(held, ring);
      return held;
    }
    const booting = !ring.active;
    // What the last tick brought: told in this one, so that a fleet that follows a change never asks for more than twice
    // what it always asks for (law 7). At boot there is no crowd, and operators wait.
    if (!booting) health.flush();
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
    void grounds.memory.saveOverrides(overrides.active);
  });
  const waits = new Waits(host, () => [
    ...rolloutWait(configurator.chosen, grounds.identity.instanceId, refused.list),
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
    grounds,
    fence,
    configurator,
    addresses,
    ring,
    overrides,
    refused,
    events,
    caches,
    secrets,
  };
  const reports = createReports({ ...subjects, pipelines, departure });
  /** With the files of the last fetch where the source does not answer: a rotated secret must not wait for it. */
  const takeUpSecrets = async (): Promise<Outcome<Checked>> => {
    configurator.reconsider('all');
    const outcome = await poller.poke();
    if (outcome.kind === 'retry' && ring.active && !stop.signal.aborted)
      await configurator.rebuild(stop.signal).catch(() => {});
    return outcome;
  };
  const refresh = async (): Promise<Outcome<Refreshed>> => {
    const before = ring.active?.number;
    // Not those of an agent that stops, whose poller says so.
    const read = await secrets.readAgain().catch(() => undefined);
    if (read?.changed) return sinceAsked(await takeUpSecrets(), before, read);
    // Whoever asks wants it tried: a script that failed may be healed by now.
    configurator.reconsider('failed');
    return sinceAsked(await poller.poke(), before, read);
  };
  const desk = createAgentDesk({
    clock,
    identity: grounds.identity,
    configurator,
    ring,
    overrides,
    events,
    order,
    reports,
    fence,
    activity,
    waits,
    schedule,
    stop: stop.signal,
    poke: refresh,
    keepOverrides: async (next) => {
      expiry.arm();
      await grounds.memory.saveOverrides(next);
    },
  });
  const orders = { name: 'orders', close: async () => stop.abort() };
  const claimWatch = watchClaims({
    clock,
    logger,
    events,
    claims: () => (departure.hasLetGo() ? undefined : applier.application?.claims),
  });
  const others: readonly Closable[] = [
    { name: 'secrets', close: () => secrets.close() },
    claimWatch,
    pipelines,
    // Ends what was asked for over the API and is under way.
    orders,
    departure,
  ];
  const isApplying = (): boolean => !configurator.settled;
  const changes = (): ChangeCounts => configurator.changes;
  return { ring, poller, expiry, health, desk, reports, refresh, isApplying, changes, departure, others };
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
  { intervalMs }: Settings,
  host: Host,
  grounds: Grounds,
  ring: GenerationRing,
  tick: (signal: AbortSignal) => Promise<Outcome<Checked>>,
): Poller<Checked> {
  // Before the first generation somebody waits; after it nobody does, and a fleet must not make an outage worse.
  const booting = { baseMs: 500, capMs: Math.min(intervalMs, 10_000) };
  const following = { baseMs: intervalMs / 2, capMs: intervalMs };
  return new Poller<Checked>({
    clock: host.clock,
    random: host.random,
    intervalMs,
    phaseMs: phaseOf(grounds.identity.instanceId, intervalMs),
    backoff: () => (ring.active ? following : booting),
    tick,
  });
}
