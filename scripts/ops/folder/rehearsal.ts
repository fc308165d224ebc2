import type { Effective, Facts, GuardFinding, LayerFile } from '#config-service';
import type { ApplyWork } from '#agent/apply/apply-work.ts';
import type { Plan, PlanAsset } from '#agent/plan/plan.ts';
import type { LayersByName } from './examination.ts';
import type { Judge } from './guard-memory.ts';
import { createInitRehearsal } from './init-rehearsal.ts';
import type { Part, Rehearsal } from './rehearsal-part.ts';
import { createScriptCheck } from './script-check.ts';
import { createTargetRehearsal } from './target-rehearsal.ts';
import { createTelemetryCheck } from './telemetry-check.ts';

/** What there is to rehearse of one instance. */
export interface Rehearsed {
  readonly plan: Plan;
  /** Undefined when the layers cannot be resolved: then nothing can be rendered. */
  readonly effective: Effective | undefined;
  /** What the guard refuses already, so that nothing is told twice. */
  readonly foreign: readonly GuardFinding[];
}

export type Rehearse = (rehearsed: Rehearsed, facts: Facts) => Promise<Rehearsal>;

/** Remembers by content what it has seen: most instances of a folder share most of it. */
export function createRehearsal(layers: LayersByName, judge: Judge): Rehearse {
  const files = new Map(
    [...layers.values()].flatMap(({ name, files: all }) =>
      all.map((file): [string, LayerFile] => [`${name}/${file.path}`, file]),
    ),
  );
  const asset = ({ layer, path }: PlanAsset) => files.get(`${layer}/${path}`);
  const targets = createTargetRehearsal(layers, judge);
  const init = createInitRehearsal(judge);
  const scripts = createScriptCheck(asset);
  const telemetry = createTelemetryCheck();
  return async (rehearsed, facts) => {
    const plan = withoutMissing(rehearsed.plan, asset);
    const work = workOf({ ...rehearsed, plan }, facts, asset);
    const { foreign } = rehearsed;
    return together([
      scripts(plan),
      await telemetry(plan),
      await init(work, foreign),
      rehearsed.effective ? await targets(work, foreign) : { complete: false },
    ]);
  };
}

/** An entry whose file is not there is reported with the plan. */
function withoutMissing(plan: Plan, asset: ApplyWork['asset']): Plan {
  const isThere = ({ source }: { readonly source: PlanAsset | undefined }) =>
    source === undefined || asset(source) !== undefined;
  return {
    ...plan,
    templates: plan.templates.filter(isThere),
    files: plan.files.filter(isThere),
    init: plan.init.filter(({ document }) => asset(document) !== undefined),
  };
}

/** As an agent would be given it, with nothing in effect before. */
export function workOf({ plan, effective }: Rehearsed, facts: Facts, asset: ApplyWork['asset']): ApplyWork {
  const properties: Effective = effective ?? new Map();
  return {
    plan,
    next: {
      number: 1,
      release: null,
      digest: '',
      facts,
      effective: properties,
      layers: [],
      activatedAt: 0,
    },
    before: undefined,
    asset,
    isSecret: (key) => properties.get(key)?.masked !== undefined,
    secretTexts: [],
    signal: UNINTERRUPTED,
  };
}

const UNINTERRUPTED = new AbortController().signal;

function together(parts: readonly Part[]): Rehearsal {
  return {
    problems: parts.flatMap(({ problems }) => problems ?? []),
    warnings: parts.flatMap(({ warnings }) => warnings ?? []),
    usedAllow: new Set(parts.flatMap(({ usedAllow }) => [...(usedAllow ?? [])])),
    complete: parts.every(({ complete }) => complete !== false),
    judged: parts.flatMap(({ judged }) => judged ?? []),
  };
}
