import {
  idleAllow,
  requiredFault,
  shrinkFault,
  type PlacedAllow,
  type RequiredKey,
} from './generation-checks.ts';
import { describeProblem, type Fault, type Problem } from './kit/errors.ts';
import type { EffectiveDiff } from './layers/diff.ts';
import type { Effective, Removal } from './layers/effective.ts';
import type { LookUpExternal } from './layers/external.ts';
import type { Facts } from './layers/facts.ts';
import type { LayerContent } from './layers/layer.ts';
import { OVERRIDE_LAYER } from './layers/order.ts';
import { isStoreLayer } from './layers/store-layer.ts';
import { type Steps, whole } from './kit/steps.ts';
import { resolving, type Override, type ParseLayerFile, type ResolvedLayer } from './layers/resolve.ts';
import {
  judging,
  LENIENT,
  stricterOf,
  type GuardedValue,
  type GuardPolicy,
  type Judgement,
  type Sighted,
} from './region/guard.ts';
import { judgedProperties } from './judged-properties.ts';
import { guardFault } from './region/guard-fault.ts';
import type { RegionOfAddress } from './region/detect/public-address.ts';
import type { Fetched } from './sources/layer-source.ts';

/** A layer as `GET /v1/layers` shows it. */
export interface LayerReport {
  readonly name: string;
  readonly state: 'present' | 'absent' | 'unknown';
  /** Why the layer is absent or unknown, for people. */
  readonly reason?: string;
  readonly files: readonly { readonly path: string; readonly sha256: string; readonly keys: number }[];
  readonly keys: number;
  /** Of a layer in another store than the source: how fresh it is, filled in when asked. */
  readonly store?: Readonly<Record<string, unknown>>;
}

/** One accepted configuration, whole and immutable: readers hold either this value or the next (law 5). */
export interface Generation {
  /** Counts from 1 within the life of this process. */
  readonly number: number;
  readonly release: string | null;
  /** Lower-case hex SHA-256 over the effective keys and values. */
  readonly digest: string;
  readonly facts: Facts;
  readonly effective: Effective;
  /** Keys that layers set and a stronger one takes away; left out when there are none. */
  readonly removed?: ReadonlyMap<string, Removal>;
  readonly layers: readonly LayerReport[];
  /** Epoch ms. */
  readonly activatedAt: number;
}

export interface GenerationSummary {
  readonly number: number;
  readonly release: string | null;
  readonly digest: string;
  readonly activatedAt: number;
  readonly keys: number;
  readonly state: 'active' | 'previous' | 'refused';
  /** For a refused one: the code and sentence. */
  readonly refusal?: { readonly code: string; readonly message: string };
}

/** A diff of two generations. Values marked `secret` go to authorized readers only. */
export interface GenerationDiff extends EffectiveDiff {
  readonly number: number;
}

/** What may become a generation. */
export interface Candidate {
  readonly number: number;
  readonly fetched: Fetched;
  readonly facts: Facts;
  /** Layers of the order that this instance has no part in, with the reason. */
  readonly skipped: readonly { readonly name: string; readonly reason: string }[];
  readonly overrides: readonly Override[];
  /** Answers for secrets; without it a reference to one refuses the candidate. */
  readonly external?: LookUpExternal;
  readonly activatedAt: number;
}

/** What the plans of the layers ask of a generation; read by the agent, which knows plans. */
export interface PlanPolicy {
  /** Keys that must have a value. */
  readonly require: readonly RequiredKey[];
  readonly allow: readonly PlacedAllow[];
  /** What they want refused beside what names another region. */
  readonly strictness: GuardPolicy;
  readonly problems: readonly Problem[];
  /** What the guard has to judge beside the properties: the plans themselves, and what they run. */
  readonly values: Iterable<GuardedValue>;
  /** The layers without what their plans name: such files lie beside the properties and are none. */
  readonly properties: readonly LayerContent[];
}

export interface GenerationPolicy {
  readonly guard: 'enforce' | 'warn' | 'off';
  /** As the settings say; a plan can be stricter. Lenient when left out. */
  readonly strictness?: GuardPolicy;
  /** Asked anew at each judgement; undefined while there is no table. */
  readonly addresses?: () => RegionOfAddress | undefined;
  readonly readPlan: (layers: readonly LayerContent[]) => PlanPolicy;
  /** See `shrinkFault`. */
  readonly maxShrink: number;
  readonly parse?: ParseLayerFile;
  /** Another candidate is about to be judged: see `ContentCache`. */
  readonly beginRound?: () => void;
}

/** What the guard found in the values is told also when it only warns. */
export type Built = Sighted & {
  readonly digest: string;
  readonly warnings: readonly Problem[];
} & (
    | { readonly kind: 'accepted'; readonly generation: Generation }
    | { readonly kind: 'refused'; readonly fault: Fault }
  );

/**
 * resolve -> guard -> shrink check: one value from end to end, accepted whole or refused whole (laws 4, 5, 6).
 * @param before the generation this one would replace; undefined when there is none to compare with.
 */
export function buildGeneration(
  candidate: Candidate,
  policy: GenerationPolicy,
  before: Generation | undefined,
): Built {
  return whole(building(candidate, policy, before));
}

/** `buildGeneration` in steps, for whoever has others to answer meanwhile. */
export function* building(
  candidate: Candidate,
  policy: GenerationPolicy,
  before: Generation | undefined,
): Steps<Built> {
  const { fetched, facts, overrides, external } = candidate;
  const parse = policy.parse === undefined ? {} : { parse: policy.parse };
  const plan = policy.readPlan(fetched.layers);
  yield;
  const resolution = yield* resolving({ layers: plan.properties, facts, overrides, external, ...parse });
  const problems = [...(resolution.kind === 'rejected' ? resolution.problems : []), ...plan.problems];
  if (resolution.kind === 'rejected' || problems.length > 0) {
    return { kind: 'refused', digest: '', warnings: [], ...NOTHING, fault: contentFault(problems) };
  }
  const { effective, removed, digest } = resolution;
  const { findings, shown, unusedAllow } =
    policy.guard === 'off' ? UNJUDGED : yield* judgeAll(effective, facts.region, plan, policy);
  const warnings = [...resolution.warnings, ...idleAllow(unusedAllow, facts.region)];
  const fault =
    requiredFault(effective, plan.require) ??
    (policy.guard === 'enforce' && findings.length > 0
      ? guardFault(findings, facts.region, (key) => effective.has(key))
      : undefined) ??
    (before && shrinkFault(before.effective, effective, policy.maxShrink));
  if (fault) return { kind: 'refused', digest, warnings, findings, shown, fault };
  const layers = layerReports(candidate, resolution.layers);
  const generation: Generation = {
    number: candidate.number,
    release: fetched.release,
    digest,
    facts,
    effective,
    ...(removed.size > 0 && { removed }),
    layers,
    activatedAt: candidate.activatedAt,
  };
  return { kind: 'accepted', digest, warnings, findings, shown, generation };
}

function contentFault(problems: readonly Problem[]): Fault {
  const [first] = problems;
  const others = problems.length > 1 ? ` and ${problems.length - 1} more` : '';
  return {
    code: first?.code ?? 'LF_PARSE',
    operation: 'resolve',
    subject: 'the configuration',
    cause: `${first === undefined ? 'it is not valid' : describeProblem(first)}${others}`,
    hint: first?.code.startsWith('LF_SECRET_')
      ? 'Mend it where the secret is kept, or at the source; both are looked at again by themselves.'
      : 'Correct the files at the source; the next poll picks them up.',
    problems,
  };
}

const NOTHING: Sighted = { findings: [], shown: [] };
const UNJUDGED: Sighted & Pick<Judgement, 'unusedAllow'> = { ...NOTHING, unusedAllow: [] };

/** Properties and plans in one judgement: an allow entry is unused when it excuses nothing of either. */
function* judgeAll(
  effective: Effective,
  region: string,
  { allow, values, strictness }: PlanPolicy,
  policy: GenerationPolicy,
): Steps<Judgement> {
  return yield* judging({
    region,
    values: [...(yield* judgedProperties(effective)), ...values],
    allow,
    policy: stricterOf(policy.strictness ?? LENIENT, strictness),
    regionOf: policy.addresses?.(),
  });
}

/** The whole order as it applies here, weakest first: what is present, what is absent and why. */
function layerReports(candidate: Candidate, resolved: readonly ResolvedLayer[]): readonly LayerReport[] {
  const reports = resolved.map((layer): LayerReport => {
    if (layer.files.length > 0) return { ...layer, state: 'present' };
    return {
      ...layer,
      state: 'absent',
      reason: isStoreLayer(layer.name) ? 'no entries in the store' : 'no properties at the source',
    };
  });
  const skipped = candidate.skipped.map(({ name, reason }): LayerReport => {
    return { name, state: 'absent', reason, files: [], keys: 0 };
  });
  const { overrides } = candidate;
  const override: LayerReport =
    overrides.length > 0
      ? { name: OVERRIDE_LAYER, state: 'present', files: [], keys: overrides.length }
      : { name: OVERRIDE_LAYER, state: 'absent', reason: 'nothing is overridden', files: [], keys: 0 };
  return [...reports, ...skipped, override];
}
