import { isNull, type PlanMap, type PlanNode } from './plan-node.ts';

/**
 * A stronger plan laid upon a weaker one. Maps merge by name, at every depth; of anything else the stronger stands.
 * `null` removes. What a weaker layer named keeps its place in the order, and counts as written there.
 * @param onIdle is told what was to be removed and is not there: nearly always a misspelt name.
 */
export function mergePlans(
  weaker: PlanNode | undefined,
  stronger: PlanNode,
  onIdle: (path: string, node: PlanNode) => void,
  path = '',
): PlanNode {
  if (stronger.kind !== 'map') return stronger;
  const below = weaker?.kind === 'map' ? weaker : undefined;
  const members = new Map(below?.members);
  for (const [name, node] of stronger.members) {
    const at = path === '' ? name : `${path}.${name}`;
    if (!isNull(node)) members.set(name, mergePlans(members.get(name), node, onIdle, at));
    else if (!members.delete(name) && isEntry(path, below)) onIdle(at, node);
  }
  return { ...(below ?? stronger), members } satisfies PlanMap;
}

/** An empty section, or a field that the only layer leaves out in so many words, removes nothing and means no harm. */
function isEntry(path: string, below: PlanMap | undefined): boolean {
  return path !== '' && (below !== undefined || !path.includes('.'));
}
