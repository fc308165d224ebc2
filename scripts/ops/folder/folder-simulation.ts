import type { ApplyWork } from '#agent/apply/apply-work.ts';
import { readLogPlan } from '#agent/logs/settings/read-log-plan.ts';
import { judgeMetrics } from '#agent/metrics/metrics-pipeline.ts';
import type { Plan, PlanAsset } from '#agent/plan/plan.ts';
import type { Effective, Facts, GuardFinding, LayerFile } from '#config-service';
import type { Problem } from '#kit/errors.ts';
import type { Outcome } from '#kit/outcome.ts';
import type { LayersByName } from './examination.ts';
import type { Judge } from './guard-cache.ts';
import { createInitRehearsal } from './init-simulation.ts';
import type { Part, Simulation } from './simulation-part.ts';
import { createScriptCheck } from './script-check.ts';
import { createTargetRehearsal } from './target-simulation.ts';

/** What there is to simulate of one instance. */
export interface Simulated {
  readonly plan: Plan;
  /** Undefined when the layers cannot be resolved: then nothing can be rendered. */
  readonly effective: Effective | undefined;
  /** What the guard refuses already, so that nothing is told twice. */
  readonly foreign: readonly GuardFinding[];
}

export type Simulate = (simulated: Simulated, facts: Facts) => Promise<Simulation>;

/** Remembers by content what it has seen: most instances of a folder share most of it. */
export function createSimulation(layers: LayersByName, judge: Judge): Simulate {
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
  return async (simulated, facts) => {
    const plan = withoutMissing(simulated.plan, asset);
    const work = workOf({ ...simulated, plan }, facts, asset);
    const { foreign } = simulated;
    return together([
      scripts(plan),
      await telemetry(plan),
      await init(work, foreign),
      simulated.effective ? await targets(work, foreign) : { complete: false },
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
    init: plan.init.filter(
      ({ document, extensions }) => extensions !== undefined || asset(document) !== undefined,
    ),
  };
}

/** As an agent would be given it, with nothing in effect before. */
export function workOf({ plan, effective }: Simulated, facts: Facts, asset: ApplyWork['asset']): ApplyWork {
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

function together(parts: readonly Part[]): Simulation {
  return {
    problems: parts.flatMap(({ problems }) => problems ?? []),
    warnings: parts.flatMap(({ warnings }) => warnings ?? []),
    usedAllow: new Set(parts.flatMap(({ usedAllow }) => [...(usedAllow ?? [])])),
    complete: parts.every(({ complete }) => complete !== false),
    judged: parts.flatMap(({ judged }) => judged ?? []),
  };
}

/** `logs:` and `metrics:` as those who work by them read them. Sections that many instances share are read once. */
function createTelemetryCheck(): (plan: Pick<Plan, 'logs' | 'metrics'>) => Promise<Part> {
  const known = new Map<string, readonly Problem[]>();
  return async ({ logs, metrics }) => {
    if (logs.length === 0 && metrics === undefined) return {};
    // With the places, which are in what is told.
    const id = JSON.stringify([logs, metrics], (_, value: unknown) =>
      value instanceof Map ? [...value] : value,
    );
    const problems = known.get(id) ?? [
      ...problemsOf(await readLogPlan(logs)),
      ...(metrics === undefined ? [] : problemsOf(await judgeMetrics(metrics))),
    ];
    known.set(id, problems);
    return { problems };
  };
}

function problemsOf(outcome: Outcome<unknown>): readonly Problem[] {
  if (outcome.kind === 'ok') return [];
  const { code, subject, cause, problems } = outcome.fault;
  return problems ?? [{ code, message: `${subject}: ${cause}` }];
}
