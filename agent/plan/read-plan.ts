import { LENIENT, stricterOf, type GuardPolicy, type LayerContent, type PlanPolicy } from '#config-service';
import type { Problem } from '#kit/errors.ts';
import { claimsOf, signalsOf } from './claim-entries.ts';
import { assetProblems } from './named-assets.ts';
import { crossProblems } from './plan-checks.ts';
import { leaksOf } from './leak-entries.ts';
import { hostsOf } from './host-entries.ts';
import { peersOf } from './peer-entries.ts';
import type { MergedPlan } from './plan-entry.ts';
import { ASSET } from './plan-field.ts';
import { mergePlans } from './plan-merge.ts';
import { isNull, memberOf, type PlanNode } from './plan-node.ts';
import { ALLOW, STRICTNESS } from './plan-sections.ts';
import { valuesOf } from './plan-shape.ts';
import { readSheet, sheetOf, type LayerPlan, type ReadSheet } from './layer-plan.ts';
import { planValues } from './plan-values.ts';
import type { Plan } from './plan.ts';
import { bucketOwnersOf, hooksOf, initOf, scriptsOf } from './run-entries.ts';
import { environmentFilesOf, filesOf, servicesOf, templatesOf } from './target-entries.ts';
import { logsOf, metricsOf } from './telemetry-entries.ts';

export interface PlanReading {
  /** The plan made of what is valid; use it only where there are no problems. */
  readonly plan: Plan;
  /** All at once, each `LF_PLAN_INVALID` with file and, unless the file is not text at all, line. */
  readonly problems: readonly Problem[];
  /** A `null` that removes nothing here. For an instance of another kind it may: only all of them together say it is a slip. */
  readonly warnings: readonly Problem[];
  /** See `planValues`. */
  readonly values: PlanPolicy['values'];
}

/**
 * The plans of all layers, weakest first, as one (docs/plan.md). Maps merge by name and field by field, the stronger
 * layer wins, `null` removes. `require`, `schema` and `guard` add up: a stronger layer can ask for more, and never
 * silently for less.
 * @param read remembers plans from one call to the next (`createLayerPlanCache`).
 */
export function readPlan(layers: readonly LayerContent[], read: ReadSheet = readSheet): PlanReading {
  const sheets = layers.flatMap((layer) => sheetOf(layer, read) ?? []);
  const problems = layers.flatMap((layer) => layerPlanProblems(layer, read));
  const warnings: Problem[] = [];
  const root = mergeSheets(sheets, (path, { file, line }) => {
    // Adds up, so that null never removes anything there.
    if (path.startsWith('guard.') || path.startsWith('leaks.allow')) return;
    const message = `${path}: null removes nothing, for no weaker layer has it`;
    warnings.push({ code: 'LF_PLAN_INVALID', message, file, line });
  });
  const merged: MergedPlan = {
    root,
    problem: (message, { file, line }) =>
      void problems.push({ code: 'LF_PLAN_INVALID', message, file, line }),
  };
  const plan = {
    ...addedUp(sheets),
    leaks: leaksOf(root, sheets),
    peers: peersOf(root),
    ...entriesOf(merged, layers),
  };
  problems.push(...crossProblems(plan));
  return { plan, problems, warnings, values: { [Symbol.iterator]: () => planValues(root, plan, layers) } };
}

/** What is wrong with the plan of one layer, whatever the other layers say: form, and files that are not there. */
export function layerPlanProblems(layer: LayerContent, read: ReadSheet = readSheet): readonly Problem[] {
  const sheet = sheetOf(layer, read);
  return sheet === undefined ? [] : [...sheet.problems, ...assetProblems(layer, sheet)];
}

function mergeSheets(
  sheets: readonly LayerPlan[],
  onIdle: (path: string, node: PlanNode) => void,
): PlanNode | undefined {
  let merged: PlanNode | undefined;
  for (const { root } of sheets) if (root) merged = mergePlans(merged, root, onIdle);
  return merged;
}

type AddedUp = 'require' | 'schemas' | 'allow' | 'strictness';

function addedUp(sheets: readonly LayerPlan[]): Pick<Plan, AddedUp> {
  return {
    require: sheets.flatMap(({ root }) =>
      itemsOf(memberOf(root, 'require')).flatMap((item) =>
        item.kind === 'scalar' ? [{ key: item.text, file: item.file, line: item.line }] : [],
      ),
    ),
    schemas: sheets.flatMap(({ root }) => {
      const node = memberOf(root, 'schema');
      const reading = node && ASSET.read(node);
      return reading && 'value' in reading ? [reading.value] : [];
    }),
    allow: sheets.flatMap(({ root }) =>
      itemsOf(memberOf(memberOf(root, 'guard'), 'allow')).flatMap((node) => {
        const { key, region, reason } = valuesOf(ALLOW, node);
        if (key === undefined || region === undefined || reason === undefined) return [];
        return [{ key, region, reason, file: node.file, line: node.line }];
      }),
    ),
    strictness: sheets.map(strictnessOf).reduce(stricterOf, LENIENT),
  };
}

function strictnessOf({ root }: LayerPlan): GuardPolicy {
  const { unknown, hints } = valuesOf(STRICTNESS, memberOf(root, 'guard'));
  return { unknown: unknown ?? LENIENT.unknown, hints: hints ?? LENIENT.hints };
}

function entriesOf(
  merged: MergedPlan,
  layers: readonly LayerContent[],
): Omit<Plan, AddedUp | 'leaks' | 'peers'> {
  return {
    scripts: scriptsOf(merged),
    templates: templatesOf(merged),
    files: filesOf(merged),
    environmentFiles: environmentFilesOf(merged),
    hosts: hostsOf(merged),
    services: servicesOf(merged),
    hooks: hooksOf(merged),
    init: initOf(merged, layers),
    bucketOwners: bucketOwnersOf(merged),
    claims: claimsOf(merged),
    logs: logsOf(merged),
    metrics: metricsOf(merged),
    signals: signalsOf(merged),
  };
}

function itemsOf(node: PlanNode | undefined): readonly PlanNode[] {
  return node?.kind === 'list' ? node.items.filter((item) => !isNull(item)) : [];
}
