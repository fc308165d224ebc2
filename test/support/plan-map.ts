import type { Json, JsonObject } from '#agent/plan/json.ts';
import type { PlanMap, PlanNode } from '#agent/plan/plan-node.ts';

const PLACE = { layer: 'base', file: 'base/plan.yaml', line: 1 };

/** Settings as a plan has them, all written at one place. */
export function planMap(settings: JsonObject, place: Partial<typeof PLACE> = {}): PlanMap {
  const at = { ...PLACE, ...place };
  const members = Object.entries(settings).map(([name, value]) => [name, nodeOf(value, at)] as const);
  return { ...at, kind: 'map', members: new Map(members) };
}

function nodeOf(value: Json, at: typeof PLACE): PlanNode {
  if (Array.isArray(value)) {
    return { ...at, kind: 'list', items: (value as readonly Json[]).map((item) => nodeOf(item, at)) };
  }
  return typeof value === 'object' && value !== null
    ? planMap(value as JsonObject, at)
    : { ...at, kind: 'scalar', value, text: value === null ? '' : String(value) };
}
