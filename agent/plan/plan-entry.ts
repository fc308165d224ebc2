import type { PlanPlace } from './plan.ts';
import { isNull, memberOf, membersOf, type PlanNode } from './plan-node.ts';

/** The plans of all layers as one, and what to say of it. */
export interface MergedPlan {
  readonly root: PlanNode | undefined;
  readonly problem: (message: string, node: PlanNode) => void;
}

/** What every entry has, for whoever makes the rest of it from `node`. */
export interface Entry {
  readonly name: string;
  readonly place: PlanPlace;
  readonly node: PlanNode;
  /** Path within the plan, such as `templates.nginx`. */
  readonly at: string;
}

/** The entries below `path`, such as `claims.volumes`, in the order of the layers and as written there. */
export function entriesAt({ root }: MergedPlan, path: string): readonly Entry[] {
  const section = path.split('.').reduce(memberOf, root);
  return membersOf(section).map(([name, node]) => ({
    name,
    place: placeOf(node),
    node,
    at: `${path}.${name}`,
  }));
}

export function byName<T extends { readonly name: string }>(entries: readonly T[]): readonly T[] {
  return entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
}

export function placeOf({ file, line }: PlanNode): PlanPlace {
  return { file, line };
}

/** Says that a field is missing; says nothing where it is there and wrong, for then its layer has been told. */
export function requireField({ problem }: MergedPlan, { node, at }: Entry, name: string): void {
  const there = node.kind === 'map' ? node.members.get(name) : undefined;
  if (node.kind === 'map' && (there === undefined || isNull(there))) problem(`${at}: needs ${name}`, node);
}

/** Says that not exactly one of two fields is there. */
export function requireOneOf(
  { problem }: MergedPlan,
  { node, at }: Entry,
  one: string,
  other: string,
): boolean {
  if (node.kind !== 'map') return false;
  const count = [one, other].filter((name) => memberOf(node, name) !== undefined).length;
  if (count === 1) return true;
  if (count === 0) problem(`${at}: needs ${one} or ${other}`, node);
  else problem(`${at}: has ${one} and ${other}; set the one of a weaker layer to null`, node);
  return false;
}
