import { regionsNamedBy, type Document, type EventLog, type ExpositionFormat } from '#config-service';
import type { Family } from '#kit/metric-family.ts';
import { detoursOf } from '../aws/detours.ts';
import { tagWarnings } from '../identity/tags.ts';
import type { Secrets } from '../secrets/secrets.ts';
import type { Settings } from '../settings/settings.ts';
import type { Activity } from './activity.ts';
import type { AddressBook } from './address-book.ts';
import type { Caches } from './caches.ts';
import type { Configurator } from './configurator.ts';
import type { Departure } from './departure.ts';
import { printFamilies } from './exposition.ts';
import { fenceDocument, foreignCount } from './fence-report.ts';
import type { GenerationRing } from './generation-ring.ts';
import { guardDocument } from './guard-tally.ts';
import type { Grounds } from './grounds.ts';
import type { Host } from './host.ts';
import type { LateFence } from './late-fence.ts';
import type { Pipelines } from './pipelines.ts';
import type { OverrideSet } from './override-set.ts';
import { ownFamilies } from './own-metrics.ts';
import type { RefusedCandidates } from './refused-candidates.ts';
import { rolloutDocument } from './rollout-report.ts';
import { secretFamilies, secretsDocument } from './secrets-report.ts';
import { statusDocument, type Schedule } from './status.ts';
import type { UnreadReport } from './unread-report.ts';
import type { Waits } from './waits.ts';

export interface ReportSubjects {
  readonly settings: Settings;
  readonly host: Host;
  readonly grounds: Grounds;
  readonly activity: Pick<Activity, 'document'>;
  readonly waits: Pick<Waits, 'document'>;
  readonly unread: Pick<UnreadReport, 'list'>;
  readonly schedule: Schedule;
  readonly fence: Pick<LateFence, 'fenced' | 'fault'>;
  readonly configurator: Configurator;
  readonly addresses: Pick<AddressBook, 'status'>;
  readonly ring: GenerationRing;
  readonly overrides: OverrideSet;
  readonly refused: RefusedCandidates;
  readonly events: EventLog;
  readonly caches: Caches;
  readonly secrets: Pick<Secrets, 'report' | 'nextReadAt'>;
  readonly pipelines: Pick<Pipelines, 'status' | 'families'>;
  readonly departure: Pick<Departure, 'notices'>;
}

export interface Reports {
  status(): Document;
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

function status(subjects: ReportSubjects, startedAt: number): Document {
  const { settings, host, grounds, fence, configurator, addresses, ring, overrides, refused } = subjects;
  const { secrets, pipelines, departure } = subjects;
  const { scope, layout } = configurator;
  return statusDocument({
    version: host.version,
    pid: host.pid,
    startedAt,
    now: host.clock.now(),
    identity: grounds.identity,
    facts: scope?.facts,
    activity: subjects.activity.document,
    waits: subjects.waits.document,
    unread: subjects.unread.list,
    nextCheckAt: subjects.schedule.nextAt(),
    givesUpAt: ring.active ? undefined : subjects.schedule.givesUpAt,
    tagWarnings: scope ? tagWarnings(scope.facts.tags, settings) : [],
    generation: ring.active,
    isHeld: fence.fault !== undefined || !configurator.settled,
    check: configurator.state,
    source: { address: scope?.opened.address ?? settings.source, layout: layout ?? settings.layout },
    rollout: rolloutDocument(configurator.chosen, refused.list, host.clock.now()),
    intervalMs: settings.intervalMs,
    trust: {
      identityProvenBy: grounds.identity.provenBy ?? null,
      keys: settings.trustedKeys.length,
      sequence: configurator.chosen?.pointer.sequence ?? null,
      vouchedObjects: configurator.chosen?.release.objects?.size ?? 0,
    },
    detours: detoursOf(host.env, regionsNamedBy),
    guard: guardDocument(settings, configurator.sighted, addresses.status()),
    fence: fenceDocument({ fenced: fence.fenced, memory: grounds.memory, fault: fence.fault }),
    overrides: overrides.active,
    secrets: secretsDocument(secrets, host.clock.now()),
    termination: departure.notices(),
    pipelines: pipelines.status(),
  });
}

function metrics(subjects: ReportSubjects, format: ExpositionFormat): string {
  return printFamilies([...ownMetrics(subjects), ...subjects.pipelines.families()], format);
}

/** What Landfall says about itself, as it is now. */
export function ownMetrics({
  settings,
  host,
  grounds,
  fence,
  configurator,
  addresses,
  ring,
  overrides,
  events,
  caches,
  secrets,
}: Omit<ReportSubjects, 'pipelines' | 'departure' | 'waits' | 'unread' | 'schedule'>): readonly Family[] {
  const own = ownFamilies({
    version: host.version,
    region: grounds.identity.region,
    now: host.clock.now(),
    generation: ring.active,
    isHeld: fence.fault !== undefined,
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
  return [...own, ...secretFamilies(secrets, host.clock.now())];
}
