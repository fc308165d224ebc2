import { regionsNamedBy, type EventLog, type ExpositionFormat } from '#config-service';
import { gauge, type Family } from '#kit/metric-family.ts';
import { detoursOf } from '../../aws/detours.ts';
import { tagWarnings } from '../../identity/tags.ts';
import type { HostEntry } from '../../plan/plan.ts';
import type { Secrets } from '../../secrets/secrets.ts';
import type { ClaimsStatus } from '../../claims/claims.ts';
import type { Settings } from '../../settings/settings.ts';
import type { TerminationWiring } from '../applying/termination-wiring.ts';
import type { BootContext } from '../boot/boot-context.ts';
import type { LateFence } from '../boot/late-fence.ts';
import type { AddressBook } from '../configuration/address-book.ts';
import type { Caches } from '../configuration/caches.ts';
import type { Configurator } from '../configuration/configurator.ts';
import type { GenerationRing } from '../configuration/generation-ring.ts';
import { guardDocument } from '../configuration/guard-tally.ts';
import type { RefusedCandidates } from '../configuration/refused-candidates.ts';
import type { StoreSet } from '../configuration/store-set.ts';
import type { Activity } from '../runtime/activity.ts';
import type { Host } from '../runtime/host.ts';
import type { OverrideSet } from '../runtime/override-set.ts';
import type { Pipelines } from '../telemetry/pipelines.ts';
import { printFamilies } from './exposition.ts';
import { claimsDocument } from './claims-report.ts';
import { fenceDocument, foreignCount } from './fence-report.ts';
import type { PeerWiring } from '../configuration/peer-wiring.ts';
import type { Leaks } from './leaks.ts';
import { ownFamilies } from './own-metrics.ts';
import { secretFamilies, secretsDocument } from './secrets-report.ts';
import { rolloutDocument, statusDocument, type Schedule, type StatusDocument } from './status.ts';
import { storeDocument, storeFamilies } from './stores-report.ts';
import type { UnreadReport } from './unread-report.ts';
import type { Waits } from './waits.ts';

export interface ReportSubjects {
  readonly settings: Settings;
  readonly host: Host;
  readonly bootContext: BootContext;
  readonly activity: Pick<Activity, 'document'>;
  readonly waits: Pick<Waits, 'document'>;
  readonly unread: Pick<UnreadReport, 'list'>;
  readonly schedule: Schedule;
  readonly fence: Pick<LateFence, 'fenced' | 'fault'>;
  readonly leaks: Pick<Leaks, 'document' | 'families' | 'fault'>;
  readonly peers: Pick<PeerWiring, 'document' | 'online'>;
  /** Host name entries of the plan in effect. */
  readonly hosts: () => readonly HostEntry[];
  /** Undefined as long as nothing was ever claimed. */
  readonly claims: () => ClaimsStatus | undefined;
  readonly configurator: Configurator;
  readonly addresses: Pick<AddressBook, 'status'>;
  readonly ring: GenerationRing;
  readonly overrides: OverrideSet;
  readonly refused: RefusedCandidates;
  readonly events: EventLog;
  readonly caches: Caches;
  readonly secrets: Pick<Secrets, 'report' | 'nextReadAt'>;
  /** Left out: the order names none. */
  readonly stores?: Pick<StoreSet, 'report'> | undefined;
  readonly pipelines: Pick<Pipelines, 'status' | 'families'>;
  readonly departure: Pick<TerminationWiring, 'notices'>;
}

export interface Reports {
  status(): StatusDocument;
  metrics(format: ExpositionFormat): string;
}

/** What the agent says of itself, put together at the moment it is asked. */
export function createReports(subjects: ReportSubjects): Reports {
  const startedAt = subjects.host.clock.now();
  return {
    status: () => status(subjects, startedAt),
    metrics: (format) => metrics(subjects, format),
  };
}

function status(subjects: ReportSubjects, startedAt: number): StatusDocument {
  const { settings, host, bootContext, fence, configurator, addresses, ring, overrides, refused } = subjects;
  const { secrets, pipelines, departure } = subjects;
  const { scope, layout } = configurator;
  return statusDocument({
    version: host.version,
    pid: host.pid,
    startedAt,
    now: host.clock.now(),
    identity: bootContext.identity,
    facts: scope?.facts,
    activity: subjects.activity.document,
    waits: subjects.waits.document,
    unread: subjects.unread.list,
    nextCheckAt: subjects.schedule.nextAt(),
    givesUpAt: ring.active ? undefined : subjects.schedule.givesUpAt,
    tagWarnings: scope ? tagWarnings(scope.facts.tags, settings) : [],
    generation: ring.active,
    isHeld: fence.fault !== undefined || subjects.leaks.fault !== undefined || !configurator.settled,
    check: configurator.state,
    source: { address: scope?.opened.address ?? settings.source, layout: layout ?? settings.layout },
    rollout: rolloutDocument(configurator.chosen, refused.list, host.clock.now()),
    intervalMs: settings.intervalMs,
    trust: {
      identityProvenBy: bootContext.identity.provenBy ?? null,
      keys: settings.trustedKeys.length,
      sequence: configurator.chosen?.pointer.sequence ?? null,
      vouchedObjects: configurator.chosen?.release.objects?.size ?? 0,
    },
    detours: detoursOf(host.env, regionsNamedBy),
    guard: guardDocument(settings, configurator.sighted, addresses.status()),
    leaks: subjects.leaks.document(),
    peers: subjects.peers.document(),
    hosts: subjects.hosts(),
    fence: fenceDocument({ fenced: fence.fenced, memory: bootContext.memory, fault: fence.fault }),
    claims: claimsDocument(subjects.claims()),
    overrides: overrides.active,
    secrets: secretsDocument(secrets, host.clock.now()),
    stores: (subjects.stores?.report() ?? []).map((report) => storeDocument(report, host.clock.now())),
    termination: departure.notices(),
    pipelines: pipelines.status(),
    boot: host.boot.document,
  });
}

function metrics(subjects: ReportSubjects, format: ExpositionFormat): string {
  return printFamilies([...ownMetrics(subjects), ...subjects.pipelines.families()], format);
}

/** What Landfall says about itself, as it is now. */
export function ownMetrics({
  settings,
  host,
  bootContext,
  fence,
  configurator,
  addresses,
  ring,
  overrides,
  events,
  caches,
  secrets,
  stores,
  leaks,
  peers,
}: Omit<
  ReportSubjects,
  'pipelines' | 'departure' | 'waits' | 'unread' | 'schedule' | 'hosts' | 'claims'
>): readonly Family[] {
  const own = ownFamilies({
    version: host.version,
    region: bootContext.identity.region,
    now: host.clock.now(),
    generation: ring.active,
    isHeld: fence.fault !== undefined || leaks.fault !== undefined,
    check: configurator.state,
    refusals: configurator.refusals,
    guardMode: settings.guard,
    sighted: configurator.sighted,
    addresses: addresses.status(),
    relocations: foreignCount(fence.fenced) > 0 ? 1 : 0,
    overrides: overrides.active.length,
    residentBytes: host.residentBytes(),
    heldBytes: { ...caches.bytes(), diffs: ring.diffBytes, events: events.bytes },
  });
  const now = host.clock.now();
  return [
    ...own,
    ...leaks.families(),
    gauge('landfall_peers', 'Instances online beside this one, as its plan asks.', peers.online),
    ...secretFamilies(secrets, now),
    ...storeFamilies(stores?.report() ?? [], now),
  ];
}
