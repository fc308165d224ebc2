import type { Json } from './json.ts';

/** What a plan.yaml says, with the place of everything it says. */
export type PlanNode = PlanScalar | PlanList | PlanMap;

export interface Written {
  readonly layer: string;
  /** `layer/plan.yaml`. */
  readonly file: string;
  /** Counted from 1; for the value of a map, the line of its key. */
  readonly line: number;
}

export interface PlanScalar extends Written {
  readonly kind: 'scalar';
  /** By the core schema of YAML 1.2; undecided where a text is wanted. */
  readonly value: null | boolean | number | string;
  /** As written: `1.10`, `0123` and `0x1F` stay what they are. What a quoted text says; empty for null. */
  readonly text: string;
}

export interface PlanList extends Written {
  readonly kind: 'list';
  readonly items: readonly PlanNode[];
}

export interface PlanMap extends Written {
  readonly kind: 'map';
  /** In the order written. A Map, so that `__proto__` and `10` are names like any other. */
  readonly members: ReadonlyMap<string, PlanNode>;
}

export function isNull(node: PlanNode): boolean {
  return node.kind === 'scalar' && node.value === null;
}

/** What is below a name of a map; undefined when there is nothing, or only `null`. */
export function memberOf(node: PlanNode | undefined, name: string): PlanNode | undefined {
  const member = node?.kind === 'map' ? node.members.get(name) : undefined;
  return member === undefined || isNull(member) ? undefined : member;
}

/** The named entries of a section, those that are `null` left out. */
export function membersOf(node: PlanNode | undefined): readonly (readonly [name: string, node: PlanNode])[] {
  return node?.kind === 'map' ? [...node.members].filter(([, member]) => !isNull(member)) : [];
}

/** Its value without places; a member that is `null` is left out, as in every entry. */
export function plainOf(node: PlanNode): Json {
  if (node.kind === 'scalar') return node.value;
  if (node.kind === 'list') return node.items.map(plainOf);
  return Object.fromEntries(membersOf(node).map(([name, member]) => [name, plainOf(member)]));
}

/** Gives the node as plain JSON in the order it was written, to tell whether anything has changed. */
export function writtenOf(node: PlanNode): Json {
  if (node.kind === 'scalar') return node.value === null ? null : node.text;
  if (node.kind === 'list') return node.items.map(writtenOf);
  return Object.fromEntries(membersOf(node).map(([name, member]) => [name, writtenOf(member)]));
}
