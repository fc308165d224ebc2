import { isoTime } from '#kit/iso-time.ts';
import { formatDuration } from '#kit/duration.ts';
import { describeFault, describeProblem, type Fault, type Problem } from '#kit/errors.ts';
import { percentAt, type Chosen, type Facts, type Generation, type RefusedCandidate } from '#config-service';
import type { Detour } from '../../aws/detours.ts';
import type { Identity } from '../../identity/identity.ts';
import type { HostEntry } from '../../plan/plan.ts';
import type { CheckState } from '../configuration/check-state.ts';
import type { GuardDocument } from '../configuration/guard-tally.ts';
import type { PeersDocument } from '../configuration/peers.ts';
import type { Ongoing } from '../runtime/activity.ts';
import type { BootDocument } from '../runtime/boot-times.ts';
import type { ActiveOverride } from '../runtime/override-set.ts';
import type { PipelinesDocument } from '../telemetry/pipelines.ts';
import type { claimsDocument } from './claims-report.ts';
import type { fenceDocument } from './fence-report.ts';
import type { LeaksDocument } from './leaks.ts';
import type { secretsDocument } from './secrets-report.ts';
import type { storeDocument } from './stores-report.ts';

/** When something is tried, and until when. Epoch ms. */
export interface Schedule {
  /** The next check of the source; undefined while one runs. */
  nextAt(): number | undefined;
  /** Nobody waits for a first generation any more; undefined: for ever. */
  readonly givesUpAt: number | undefined;
}

export interface StatusInput {
  readonly version: string;
  readonly pid: number;
  readonly startedAt: number;
  readonly now: number;
  readonly identity: Identity;
  /** What is wrong with the tags that say role and environment. */
  readonly tagWarnings: readonly string[];
  /** As the tags had them last; undefined before they were read. */
  readonly facts: Pick<Facts, 'role' | 'environment'> | undefined;
  readonly generation: Generation | undefined;
  /** The fence keeps it from being ready, or the first generation is still being applied. */
  readonly isHeld: boolean;
  readonly check: CheckState;
  readonly source: { readonly address: string; readonly layout: string };
  readonly rollout: ReturnType<typeof rolloutDocument>;
  readonly intervalMs: number;
  /** Files at the source that nobody reads. */
  readonly unread: readonly Problem[];
  /** Epoch ms; undefined while one runs. */
  readonly nextCheckAt: number | undefined;
  /** Epoch ms at which the boot ends without a generation; undefined when there is one, or it waits for ever. */
  readonly givesUpAt: number | undefined;
  /** What has to be vouched for here, and by whom it is. */
  readonly trust: {
    readonly identityProvenBy: string | null;
    readonly keys: number;
    readonly sequence: number | null;
    readonly vouchedObjects: number;
  };
  readonly detours: readonly Detour[];
  readonly guard: GuardDocument;
  readonly leaks: LeaksDocument;
  /** Null where no plan asks for peers. */
  readonly peers: PeersDocument | null;
  /** Lines that the plan has in the file of host names; empty: it asks for none. */
  readonly hosts: readonly HostEntry[];
  readonly fence: ReturnType<typeof fenceDocument>;
  /** Null where no plan claims anything. */
  readonly claims: ReturnType<typeof claimsDocument>;
  readonly overrides: readonly ActiveOverride[];
  readonly secrets: ReturnType<typeof secretsDocument>;
  /** Empty when the order names none. */
  readonly stores: readonly ReturnType<typeof storeDocument>[];
  /** What the agent is at, or waits for: see `Activity`. */
  readonly activity: readonly Ongoing[];
  /** What has to come from outside: see `Waits`. */
  readonly waits: readonly Ongoing[];
  /** What the metadata service announces now; empty when it is nothing. */
  readonly termination: readonly unknown[];
  readonly pipelines: PipelinesDocument;
  /** Where the time of the boot went: see `BootTimes`. */
  readonly boot: BootDocument;
}

/** `GET /v1/status`: names, codes and digests; never a value of the active generation. */
export type StatusDocument = ReturnType<typeof statusDocument>;

export function statusDocument(input: StatusInput) {
  const { identity, facts, generation, check } = input;
  const since = (epochMs: number): string => formatDuration(Math.max(0, input.now - epochMs));
  return {
    version: input.version,
    pid: input.pid,
    startedAt: isoTime(input.startedAt),
    uptime: since(input.startedAt),
    ready: generation !== undefined && !input.isHeld,
    identity: {
      instanceId: identity.instanceId,
      region: identity.region,
      zone: identity.zone,
      account: identity.account,
      imageId: identity.imageId,
      role: facts?.role ?? null,
      environment: facts?.environment ?? null,
      warnings: [...identity.warnings, ...input.tagWarnings],
    },
    generation: generation
      ? {
          number: generation.number,
          release: generation.release,
          digest: generation.digest,
          keys: generation.effective.size,
          activatedAt: isoTime(generation.activatedAt),
          age: since(generation.activatedAt),
        }
      : null,
    source: {
      ...input.source,
      interval: formatDuration(input.intervalMs),
      checkedAt: check.checkedAt === undefined ? null : isoTime(check.checkedAt),
      age: check.checkedAt === undefined ? null : since(check.checkedAt),
      nextCheckAt: input.nextCheckAt === undefined ? null : isoTime(input.nextCheckAt),
      givesUpAt: input.givesUpAt === undefined ? null : isoTime(input.givesUpAt),
      stale: check.stale,
      servedFrom: check.servedFrom,
      unread: input.unread.map(({ file, message }) => ({ file, message })),
      failure: check.failure === undefined ? null : failureDocument(check.failure),
    },
    rollout: input.rollout,
    trust: input.trust,
    detours: input.detours.map(({ variable, address, kind, plain }) => ({ variable, address, kind, plain })),
    guard: input.guard,
    leaks: input.leaks,
    ...(input.peers === null ? {} : { peers: input.peers }),
    ...(input.hosts.length > 0 ? { hosts: input.hosts.map((host) => hostDocument(host, input.now)) } : {}),
    fence: input.fence,
    ...(input.claims === null ? {} : { claims: input.claims }),
    overrides: input.overrides.map(({ key, reason, setAt, expiresAt }) => ({
      key,
      reason,
      setAt: isoTime(setAt),
      expiresAt: isoTime(expiresAt),
    })),
    secrets: input.secrets,
    ...(input.stores.length > 0 ? { stores: input.stores } : {}),
    activity: input.activity,
    waits: input.waits,
    termination: input.termination,
    pipelines: input.pipelines,
    boot: input.boot,
  };
}

function hostDocument({ name, aliases, address, until }: HostEntry, now: number) {
  return {
    name,
    aliases,
    address,
    until: until === undefined ? null : isoTime(until),
    expired: until !== undefined && until <= now,
  };
}

function failureDocument(fault: Fault) {
  const { code, hint, problems = [] } = fault;
  const message = describeFault({ ...fault, hint: '', problems: [] });
  return { code, message, hint, problems: problems.map(describeProblem) };
}

/** `rollout` of the status: which release of the pointer this instance follows, how far the rollout is, and what was tried in vain. */
export function rolloutDocument(
  chosen: Chosen | undefined,
  refused: readonly RefusedCandidate[],
  now: number,
) {
  const candidate = chosen?.pointer.candidate;
  return {
    track: chosen?.track ?? null,
    stable: chosen?.pointer.stable.id ?? null,
    candidate: candidate
      ? {
          release: candidate.release.id,
          percent: percentAt(candidate, now),
          startedAt: candidate.startedAt,
          halted: candidate.halted ?? null,
        }
      : null,
    refused: refused.map(({ release, code, at }) => ({ release, code, at: isoTime(at) })),
  };
}
