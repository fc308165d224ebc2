import { propertiesLayers } from '#agent/plan/named-assets.ts';
import type { Plan, PlanAsset } from '#agent/plan/plan.ts';
import { readPlan, type PlanReading } from '#agent/plan/read-plan.ts';
import {
  envName,
  guardCodeOf,
  missingKeys,
  overLimit,
  placeholderSecrets,
  remedyOf,
  resolve,
  selectLayers,
  sentenceOf,
  type AllowEntry,
  type Effective,
  type Facts,
  type GuardFinding,
  type LayerContent,
  type LayerFile,
} from '#config-service';
import type { Problem } from '#kit/errors.ts';
import type { Readers } from './readers.ts';

/** What becomes of the layers on one instance, with everything that is wrong at once. */
export interface Examination {
  /** What would be served; undefined when the layers cannot be resolved. */
  readonly effective: Effective | undefined;
  /** Why an agent would refuse it; empty means accepted. */
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  /** Names of the layers it takes part in and that are there. */
  readonly layers: readonly string[];
  /** What a plan removes and no weaker one has. */
  readonly idleRemovals: readonly Problem[];
  /** Of what is right in the plans. */
  readonly plan: Plan;
  /** What the guard refuses; among the problems, too. */
  readonly foreign: readonly GuardFinding[];
  /** Entries that excuse nothing of properties and plans: of what is rendered nothing is known here. */
  readonly unusedAllow: readonly AllowEntry[];
}

/** All layers there are, by name. */
export type LayersByName = ReadonlyMap<string, LayerContent>;

/**
 * The checks of `buildGeneration`, except that none hides another: parse, merge, interpolate, plan, required keys,
 * schemas, guard, size. Secrets cannot be read here: `[secret]` stands in for each.
 */
export function examine(
  layers: LayersByName,
  order: readonly string[],
  facts: Facts,
  { parse, readSheet, judge, checkSchemas }: Readers,
): Examination {
  const selected = selectLayers(order, facts).selected.flatMap(({ name }) => layers.get(name) ?? []);
  const { plan, values, ...reading } = readPlan(selected, readSheet);
  const resolution = resolve({
    layers: propertiesLayers(selected, readSheet),
    facts,
    overrides: [],
    parse,
    external: placeholderSecrets(facts.region),
  });
  const problems = [...reading.problems, ...sizeProblems(selected)];
  const known = {
    problems,
    layers: selected.map(({ name }) => name),
    idleRemovals: reading.warnings,
    plan,
  };
  if (resolution.kind === 'rejected') {
    problems.unshift(...resolution.problems);
    return { ...known, effective: undefined, warnings: [], foreign: [], unusedAllow: [] };
  }
  const { effective } = resolution;
  const warnings = [...resolution.warnings, ...variableCollisions(plan, effective)];
  const judged = judge({
    region: facts.region,
    values: guarded(effective, values),
    allow: plan.allow,
    policy: plan.strictness,
  });
  const asset = (named: PlanAsset) => assetOf(layers, named);
  problems.push(
    ...missingKeys(effective, plan.require),
    ...withoutSecrets(checkSchemas?.(plan.schemas, asset, effective) ?? [], effective),
    ...judged.findings.map((finding) => foreign(finding, effective)),
  );
  return {
    ...known,
    effective,
    warnings: [...warnings, ...judged.shown.map((finding) => foreign(finding, effective))],
    foreign: judged.findings,
    unusedAllow: judged.unusedAllow,
  };
}

function assetOf(layers: LayersByName, { layer, path }: PlanAsset): LayerFile | undefined {
  return layers.get(layer)?.files.find((file) => file.path === path);
}

/** Of what a schema says of a value that holds a secret nothing can be known here. */
function withoutSecrets(problems: readonly Problem[], effective: Effective): readonly Problem[] {
  const secret = [...effective.values()].filter(({ masked }) => masked !== undefined);
  const places = new Set(secret.map(({ winner }) => `${winner.layer}/${winner.file}:${winner.line}`));
  return problems.filter(({ file, line }) => !places.has(`${file}:${line}`));
}

function* guarded(effective: Effective, planned: PlanReading['values']) {
  yield* planned;
  for (const { key, value, winner } of effective.values()) {
    yield { key, value, file: `${winner.layer}/${winner.file}`, line: winner.line };
  }
}

/** References work in properties only: to a plan there is nothing to suggest. */
function foreign(finding: GuardFinding, effective: Effective): Problem {
  const { key, file, line, suggestion } = finding;
  const remedy = suggestion === undefined || !effective.has(key) ? remedyOf(finding) : `write ${suggestion}`;
  return {
    code: guardCodeOf(finding),
    message: `${key} ${sentenceOf(finding)}: ${remedy}`,
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
  };
}

function sizeProblems(layers: readonly LayerContent[]): Problem[] {
  const files = layers.flatMap(({ name, files: content }) =>
    content.map(({ path, bytes }) => ({ layer: name, object: `${name}/${path}`, size: bytes.length })),
  );
  const broken = overLimit(files, 'all layers');
  if (!broken) return [];
  const { code, subject, cause } = broken.fault;
  return [{ code, message: `${subject}: ${cause}` }];
}

/**
 * Keys that want one variable of the commands a plan runs: the first by code unit gets it, and nobody tells the script. Where an
 * environment file or `landfall exec` would hold them it is an error of its own.
 */
function variableCollisions(plan: Plan, effective: Effective): readonly Problem[] {
  const runs =
    plan.scripts.length > 0 ||
    plan.init.length > 0 ||
    Object.values(plan.hooks).some((hooks) => hooks.length > 0);
  if (!runs) return [];
  const owners = new Map<string, string[]>();
  for (const key of effective.keys()) {
    const name = envName(key);
    const keys = owners.get(name);
    if (keys === undefined) owners.set(name, [key]);
    else keys.push(key);
  }
  return [...owners].flatMap(([name, [first = '', ...others]]) =>
    others.map((key): Problem => {
      const winner = effective.get(key)?.winner;
      return {
        code: 'LF_EXEC_ENVIRONMENT',
        message: `${key} is not among the variables of scripts and hooks: ${first} is ${name} there; rename one of them`,
        ...(winner && { file: `${winner.layer}/${winner.file}`, line: winner.line }),
      };
    }),
  );
}
