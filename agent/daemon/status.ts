import { formatDuration } from '#kit/duration.ts';
import { describeFault, describeProblem, type Fault, type Problem } from '#kit/errors.ts';
import type { Document, Facts, Generation } from '#config-service';
import type { Detour } from '../aws/detours.ts';
import type { Identity } from '../identity/identity.ts';
import type { CheckState } from './check-state.ts';
import type { ActiveOverride } from './override-set.ts';

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
  readonly rollout?: Document;
  readonly intervalMs: number;
  /** Files at the source that nobody reads. */
  readonly unread: readonly Problem[];
  /** Epoch ms; undefined while one runs. */
  readonly nextCheckAt: number | undefined;
  /** Epoch ms at which the boot ends without a generation; undefined when there is one, or it waits for ever. */
  readonly givesUpAt: number | undefined;
  /** What has to be vouched for here, and by whom it is. */
  readonly trust: Document;
  readonly detours: readonly Detour[];
  readonly guard: Document;
  readonly fence: Document;
  readonly overrides: readonly ActiveOverride[];
  /** See `secretsDocument`. */
  readonly secrets: Document;
  /** What the agent is at, or waits for: see `Activity`. */
  readonly activity: readonly Document[];
  /** What has to come from outside: see `Waits`. */
  readonly waits: readonly Document[];
  /** What the metadata service announces now; empty when it is nothing. */
  readonly termination: readonly unknown[];
  readonly pipelines: Document;
}

/** What `landfall status` shows. Names, codes and digests; never a value of the active generation. */
export function statusDocument(input: StatusInput): Document {
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
    ...(input.rollout === undefined ? {} : { rollout: input.rollout }),
    trust: input.trust,
    detours: input.detours.map(({ variable, address, kind, plain }) => ({ variable, address, kind, plain })),
    guard: input.guard,
    fence: input.fence,
    overrides: input.overrides.map(({ key, reason, setAt, expiresAt }) => ({
      key,
      reason,
      setAt: isoTime(setAt),
      expiresAt: isoTime(expiresAt),
    })),
    secrets: input.secrets,
    activity: input.activity,
    waits: input.waits,
    termination: input.termination,
    pipelines: input.pipelines,
  };
}

function failureDocument(fault: Fault): Document {
  const { code, hint, problems = [] } = fault;
  const message = describeFault({ ...fault, hint: '', problems: [] });
  return { code, message, hint, problems: problems.map(describeProblem) };
}

export function isoTime(epochMs: number): string {
  return new Date(epochMs).toISOString();
}
