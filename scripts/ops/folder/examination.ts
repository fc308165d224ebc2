import {
  judge,
  overLimit,
  resolve,
  selectLayers,
  type AllowEntry,
  type Effective,
  type Facts,
  type GuardFinding,
  type LayerContent,
  type ParseLayerFile,
} from '#config-service';
import { readPlanPolicy } from '#agent/plan/policy.ts';
import type { Problem } from '#kit/errors.ts';

/** What becomes of the layers on one instance, with everything that is wrong at once. */
export interface Examination {
  /** What would be served; undefined when the layers cannot be resolved. */
  readonly effective: Effective | undefined;
  /** Why an agent would refuse it; empty means accepted. */
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
  readonly allow: readonly AllowEntry[];
  readonly unusedAllow: readonly AllowEntry[];
}

/** All layers there are, by name. */
export type LayersByName = ReadonlyMap<string, LayerContent>;

/**
 * The checks of `buildGeneration`, except that none hides another: parse, merge, interpolate, plan, required keys, guard,
 * size. Values of secrets are not known here; their names stand in for them.
 */
export function examine(
  layers: LayersByName,
  order: readonly string[],
  facts: Facts,
  parse: ParseLayerFile,
): Examination {
  const selected = selectLayers(order, facts).selected.flatMap(({ name }) => layers.get(name) ?? []);
  const resolution = resolve({
    layers: selected,
    facts,
    overrides: [],
    parse,
    external: (name) => `[${name}]`,
  });
  const plan = readPlanPolicy(selected);
  const problems = [...plan.problems, ...sizeProblems(selected)];
  if (resolution.kind === 'rejected') {
    problems.unshift(...resolution.problems);
    return { effective: undefined, problems, warnings: [], allow: plan.allow, unusedAllow: [] };
  }
  const { effective, warnings } = resolution;
  const judged = judge({ region: facts.region, values: guarded(effective), allow: plan.allow });
  problems.push(...missingKeys(effective, plan.require), ...judged.findings.map(foreign));
  return { effective, problems, warnings, allow: plan.allow, unusedAllow: judged.unusedAllow };
}

function* guarded(effective: Effective) {
  for (const { key, value, winner } of effective.values()) {
    yield { key, value, file: `${winner.layer}/${winner.file}`, line: winner.line };
  }
}

function foreign({ key, region, file, line, suggestion }: GuardFinding): Problem {
  const remedy =
    suggestion === undefined
      ? `move it to region/${region}, or allow it in plan.yaml with a reason`
      : `write ${suggestion}`;
  return {
    code: 'LF_REGION_FOREIGN',
    message: `${key} names ${region}: ${remedy}`,
    ...(file === undefined ? {} : { file }),
    ...(line === undefined ? {} : { line }),
  };
}

function missingKeys(effective: Effective, required: readonly string[]): Problem[] {
  const missing = [...new Set(required)].filter((key) => (effective.get(key)?.value ?? '') === '');
  return missing.map((key) => ({
    code: 'LF_REQUIRED_MISSING',
    message: `the plan requires ${key}, and no layer gives it a value`,
  }));
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
