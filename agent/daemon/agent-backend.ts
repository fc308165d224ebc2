import { isoTime } from '#kit/iso-time.ts';
import {
  selectLayers,
  type ApiBackend,
  type Document,
  type EventLog,
  type Freshness,
  type LayerReport,
  type OverrideRequest,
  type Readiness,
} from '#config-service';
import type { Clock } from '#kit/clock.ts';
import { describeFault } from '#kit/errors.ts';
import { fail, ok, type Outcome } from '#kit/outcome.ts';
import type { Identity } from '../identity/identity.ts';
import type { Activity } from './runtime/activity.ts';
import type { Checked, Configurator } from './configuration/configurator.ts';
import type { GenerationRing } from './configuration/generation-ring.ts';
import type { LateFence } from './boot/late-fence.ts';
import type { ActiveOverride, OverrideSet } from './runtime/override-set.ts';
import type { Leaks } from './reporting/leaks.ts';
import type { Reports } from './reporting/reports.ts';
import type { Schedule } from './reporting/status.ts';
import type { StoreReport } from './configuration/store-follower.ts';
import { layersWithStores } from './reporting/stores-report.ts';
import type { Waits } from './reporting/waits.ts';

export interface AgentDeskParts {
  readonly clock: Clock;
  readonly identity: Identity;
  readonly configurator: Configurator;
  readonly ring: GenerationRing;
  readonly overrides: OverrideSet;
  readonly events: EventLog;
  readonly order: readonly string[];
  readonly stores: () => readonly StoreReport[];
  readonly pollNow: () => Promise<Outcome<Checked>>;
  /** Keeps the overrides across a restart, where state may be kept. */
  readonly keepOverrides: (overrides: readonly ActiveOverride[]) => Promise<void>;
  readonly reports: Pick<Reports, 'metrics'> & { status(): Document };
  readonly fence: Pick<LateFence, 'fault'>;
  readonly leaks: Pick<Leaks, 'fault'>;
  readonly activity: Pick<Activity, 'line'>;
  readonly waits: Pick<Waits, 'lines'>;
  readonly schedule: Schedule;
  /** The agent is stopping. */
  readonly stop: AbortSignal;
}

/** What the local API gets to see of the agent. */
export function createAgentBackend(parts: AgentDeskParts): ApiBackend {
  const { ring, configurator, identity, events } = parts;
  return {
    events,
    generation: () => ring.active,
    readiness: () => readinessOf(parts),
    freshness: (): Freshness => ({
      checkedAt: configurator.state.checkedAt,
      stale: configurator.state.stale || parts.stores().some(({ state }) => state !== 'fresh'),
    }),
    identity: () => identityDocument(parts),
    status: () => parts.reports.status(),
    layers: () =>
      layersWithStores(ring.active?.layers ?? orderAlone(parts), parts.stores(), parts.clock.now()),
    generations: () => ring.summaries(),
    diff: (number) => ring.diff(number),
    isSecret: (key) => ring.isSecret(key),
    revision: () => ring.revision,
    since: (key) => ring.since(key),
    metrics: (format) => parts.reports.metrics(format),
    refresh: async () => asDocument(await parts.pollNow()),
    setOverride: (request) => setOverride(parts, request),
    unsetOverride: (key) => unsetOverride(parts, key, identity),
    changed: (digest, signal) => ring.changed(digest, signal),
  };
}

function readinessOf(parts: AgentDeskParts): Readiness {
  const { ring, configurator, fence, leaks, activity, waits } = parts;
  const held = fence.fault ?? leaks.fault;
  const { line } = activity;
  const at = line === undefined ? '' : `: ${line}`;
  if (held)
    return {
      ready: false,
      reasons: [{ code: held.code, message: describeFault({ ...held, problems: [] }) }],
    };
  if (!configurator.settled) {
    const message = `the first generation is being applied${at}`;
    return { ready: false, reasons: [{ code: 'LF_NOT_READY', message }, ...failureOf(parts)] };
  }
  if (ring.active) {
    const { lines } = waits;
    return { ready: true, reasons: [], ...(lines.length > 0 ? { waits: lines } : {}) };
  }
  const failed = failureOf(parts);
  if (failed.length === 0)
    return {
      ready: false,
      reasons: [{ code: 'LF_NOT_READY', message: `the first check is under way${at}${bound(parts)}` }],
    };
  return { ready: false, reasons: failed };
}

/** What the last check failed with, and when it is tried again. */
function failureOf(parts: AgentDeskParts): Readiness['reasons'] {
  const { failure } = parts.configurator.state;
  if (!failure) return [];
  const nextAt = parts.schedule.nextAt();
  const says = describeFault({ ...failure, problems: [] });
  // While a check runs nobody knows yet.
  const message = nextAt === undefined ? says : `${says} Tried again at ${isoTime(nextAt)}${bound(parts)}.`;
  return [{ code: failure.code, message }];
}

function bound({ schedule: { givesUpAt } }: AgentDeskParts): string {
  return givesUpAt === undefined ? '' : `, given up at ${isoTime(givesUpAt)}`;
}

function identityDocument({ identity, configurator }: AgentDeskParts): Document {
  const facts = configurator.scope?.facts;
  const { signature: _, warnings: __, ...named } = identity;
  return {
    ...named,
    role: facts?.role ?? null,
    environment: facts?.environment ?? null,
    tags: Object.fromEntries(facts?.tags ?? []),
  };
}

function orderAlone({ order, configurator }: AgentDeskParts): readonly LayerReport[] {
  const facts = configurator.scope?.facts;
  const names = facts ? selectLayers(order, facts).selected.map(({ name }) => name) : order;
  return names.map((name) => ({ name, state: 'unknown', reason: 'not fetched yet', files: [], keys: 0 }));
}

async function setOverride(parts: AgentDeskParts, request: OverrideRequest): Promise<Outcome<Document>> {
  const now = parts.clock.now();
  const { key, value, reason } = request;
  const override: ActiveOverride = { key, value, reason, setAt: now, expiresAt: now + request.forMs };
  return applyOverrides(parts, key, (overrides) => overrides.with(override), 'set', {
    key,
    reason,
    expiresAt: isoTime(override.expiresAt),
  });
}

async function unsetOverride(
  parts: AgentDeskParts,
  key: string,
  identity: Identity,
): Promise<Outcome<Document>> {
  if (!parts.overrides.active.some((override) => override.key === key)) {
    return fail({
      code: 'LF_NO_SUCH_KEY',
      operation: 'unset',
      subject: key,
      cause: `nothing overrides it on ${identity.instanceId}`,
      hint: '`landfall status` lists the overrides in effect.',
    });
  }
  return applyOverrides(parts, key, (overrides) => overrides.without(key), 'unset', { key });
}

async function applyOverrides(
  parts: AgentDeskParts,
  key: string,
  change: (overrides: OverrideSet) => readonly ActiveOverride[],
  action: 'set' | 'unset',
  data: Document,
): Promise<Outcome<Document>> {
  const fault = await parts.configurator.override(change, parts.stop);
  if (fault) return fail({ ...fault, operation: action, subject: key });
  parts.events.record('override', { action, ...data });
  await parts.keepOverrides(parts.overrides.active);
  return ok({ ...data, generation: parts.ring.active?.number ?? null });
}

function asDocument(outcome: Outcome<Checked>): Outcome<Document> {
  return outcome.kind === 'ok' ? ok({ ...outcome.value }) : outcome;
}
