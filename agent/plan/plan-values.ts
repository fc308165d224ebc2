import { textOfBytes, type GuardedValue, type LayerContent, type TextRole } from '#config-service';
import type { Plan, PlanAsset } from './plan.ts';
import type { PlanNode } from './plan-node.ts';

/** Name regions by design: that is how a region is allowed. */
const UNJUDGED: ReadonlySet<string> = new Set(['guard', 'leaks']);

/**
 * What the guard judges of the plans (law 4), as one plan: the keys and texts of plan.yaml, called by their path as in
 * `plan.templates.nginx.target`, and the lines of scripts and init documents, called by their file as in `scripts/base.sh`.
 * Templates and files are judged when they are rendered. What a stronger layer has replaced or removed is not in force.
 */
export function* planValues(
  root: PlanNode | undefined,
  plan: Plan,
  layers: readonly LayerContent[],
): Generator<GuardedValue> {
  if (root?.kind === 'map') {
    for (const [name, section] of root.members)
      if (!UNJUDGED.has(name)) yield* valuesBelow(section, `plan.${name}`);
  }
  for (const asset of assetsThatRun(plan)) yield* linesOf(asset, layers);
}

function* valuesBelow(node: PlanNode, key: string): Generator<GuardedValue> {
  const { file, line } = node;
  if (node.kind === 'scalar') {
    if (typeof node.value === 'string') yield { key, value: node.value, as: roleOf(key), file, line };
  } else if (node.kind === 'list') {
    for (const [index, item] of node.items.entries()) yield* valuesBelow(item, `${key}.${index}`);
  } else {
    for (const [name, member] of node.members) {
      const below = `${key}.${name}`;
      yield { key: below, value: name, as: 'command', file: member.file, line: member.line };
      yield* valuesBelow(member, below);
    }
  }
}

/** A plan is for machines: only what files and variables are made of may be for people. */
function roleOf(key: string): TextRole {
  if (/\.(?:content|prefix)$/.test(key)) return 'file';
  return key.includes('.environment.') ? 'value' : 'command';
}

function assetsThatRun(plan: Plan): readonly PlanAsset[] {
  const hooks = Object.values(plan.hooks).flat();
  const assets = [
    ...plan.scripts.map(({ run }) => run),
    ...hooks.flatMap(({ run }) => run ?? []),
    ...plan.init.flatMap(({ document, extensions, packages }) =>
      packages === undefined ? (extensions ?? [document]) : [],
    ),
  ];
  // A script of two entries is judged once.
  return [...new Map(assets.map((asset) => [`${asset.layer}/${asset.path}`, asset])).values()];
}

function* linesOf({ layer, path }: PlanAsset, layers: readonly LayerContent[]): Generator<GuardedValue> {
  const file = layers.find(({ name }) => name === layer)?.files.find((one) => one.path === path);
  if (file === undefined) return;
  const lines = textOfBytes(file.bytes).split('\n');
  for (const [index, value] of lines.entries()) {
    if (value !== '') yield { key: path, value, as: 'script', file: `${layer}/${path}`, line: index + 1 };
  }
}
