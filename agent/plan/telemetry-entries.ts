import type { Json, JsonObject } from './json.ts';
import type { LogEntry, MetricsSection } from './plan.ts';
import { byName, entriesAt, placeOf, type MergedPlan } from './plan-entry.ts';
import { isNull, memberOf, type PlanMap, type PlanNode } from './plan-node.ts';

export function logsOf(merged: MergedPlan): readonly LogEntry[] {
  const logs = entriesAt(merged, 'logs').flatMap(({ name, place, node }) =>
    node.kind === 'map' ? [{ name, place, settings: objectOf(node) }] : [],
  );
  return byName(logs);
}

export function metricsOf({ root }: MergedPlan): MetricsSection | undefined {
  const node = memberOf(root, 'metrics');
  return node?.kind === 'map' ? { place: placeOf(node), settings: objectOf(node) } : undefined;
}

/** A field that is `null` is left out, as in every entry. */
function objectOf({ members }: PlanMap): JsonObject {
  return Object.fromEntries(
    [...members].flatMap(([name, node]) => (isNull(node) ? [] : [[name, jsonOf(node)] as const])),
  );
}

function jsonOf(node: PlanNode): Json {
  if (node.kind === 'scalar') return node.value;
  return node.kind === 'map' ? objectOf(node) : node.items.map(jsonOf);
}
