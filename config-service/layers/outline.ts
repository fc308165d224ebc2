import type { Effective, Property } from './effective.ts';
import { keysBelow, leavesOf, shapeList } from './list-shape.ts';

/** A value, or a list with what it is made of: an item that is a list itself has items, too. */
export interface OutlineEntry {
  readonly property: Property;
  /** Present for a typed list: the entries of its keys (`a.0`, `a.1.name`), in order. */
  readonly items?: readonly OutlineEntry[];
}

/**
 * The configuration for readers to whom a list is one thing: what belongs to a list stands in it and nowhere else, keys sorted.
 * @param secrets without them, what is made of a secret is left out; of a list that holds one, all.
 */
export function outlineOf(effective: Effective, secrets: boolean): readonly OutlineEntry[] {
  const sorted = [...effective.keys()];
  const leaves = new Map<string, readonly string[]>();
  const owned = new Set<string>();
  for (const { key, list } of effective.values()) {
    if (list === undefined) continue;
    const parts = leavesOf(shapeList(key, list.length, keysBelow(sorted, key)));
    leaves.set(key, parts);
    for (const part of parts) owned.add(part);
  }
  const entryOf = (property: Property): OutlineEntry => {
    const parts = leaves.get(property.key);
    if (parts === undefined) return { property };
    return { property, items: parts.flatMap((key) => effective.get(key) ?? []).map(entryOf) };
  };
  const shown = [...effective.values()].filter(
    ({ key, masked }) => !owned.has(key) && (secrets || masked === undefined),
  );
  return shown.map(entryOf);
}

/** Whether a reader without a token gets less than there is. */
export function holdsSecrets(effective: Effective): boolean {
  for (const { masked } of effective.values()) if (masked !== undefined) return true;
  return false;
}
