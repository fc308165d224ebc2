import type { JsonValue } from './effective.ts';

/** How deep a value of a list may nest. Below that, keys stay dotted, so that no recursion here goes deeper. */
export const MAX_NESTING = 200;

/** The form of a list item before its values are known: a key that holds a value, or named parts. */
type Shape = string | Map<string, Shape>;

/** The form of a typed list: which flat key gives which part of it. */
export type ListShape = readonly Shape[];

/**
 * The form of the list `key` that was written with `declared` items, given the sorted keys below it (`keysBelow`).
 * - Keys that go on counting where the list ends belong to it: to a list of 2, a stronger layer appends with `key.2`.
 *   After a gap they are plain keys.
 * - An item that has a value of its own is that value; keys below it stay plain keys. A nested list has one: itself.
 * - An index is written without leading zeros.
 */
export function shapeList(key: string, declared: number, below: readonly string[]): ListShape {
  const root = new Map<string, Shape>();
  for (const part of below) place(root, part.slice(key.length + 1), part);
  const items: Shape[] = [];
  for (let index = 0; index < declared || root.has(String(index)); index += 1) {
    // Declared, and nothing below: an item without parts, `{}` in YAML and JSON.
    items.push(root.get(String(index)) ?? new Map());
  }
  return items;
}

/** Every key that gives the list a value, in order. */
export function leavesOf(shape: ListShape): string[] {
  const leaves: string[] = [];
  const collect = (part: Shape): void => {
    if (typeof part === 'string') leaves.push(part);
    else for (const child of part.values()) collect(child);
  };
  for (const item of shape) collect(item);
  return leaves;
}

export function fillList(shape: ListShape, valueOf: (key: string) => JsonValue): readonly JsonValue[] {
  const fill = (part: Shape): JsonValue =>
    typeof part === 'string'
      ? valueOf(part)
      : // Object.fromEntries defines own properties: `__proto__` stays a name like any other.
        Object.fromEntries([...part].map(([name, child]) => [name, fill(child)]));
  return shape.map(fill);
}

/** The keys that start with `key.`, of keys sorted by code unit; found by bisection. */
export function keysBelow(sorted: readonly string[], key: string): readonly string[] {
  // '/' is the code unit after '.', so this range holds exactly the keys that start with `key.`.
  return sorted.slice(lowerBound(sorted, `${key}.`), lowerBound(sorted, `${key}/`));
}

/** The lists that could own a key: `a`, `a.1.b` for `a.1.b.0`. */
export function possibleOwners(key: string): string[] {
  const owners: string[] = [];
  for (const match of key.matchAll(/\.(?:0|[1-9]\d*)(?=\.|$)/g)) owners.push(key.slice(0, match.index));
  return owners;
}

function place(root: Map<string, Shape>, path: string, key: string): void {
  const names = path.split('.');
  if (names.length > MAX_NESTING)
    names.splice(MAX_NESTING - 1, names.length, names.slice(MAX_NESTING - 1).join('.'));
  const last = names.pop() ?? '';
  let node = root;
  for (const name of names) {
    let next = node.get(name);
    if (next === undefined) node.set(name, (next = new Map()));
    if (typeof next === 'string') return;
    node = next;
  }
  if (!node.has(last)) node.set(last, key);
}

function lowerBound(sorted: readonly string[], key: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] ?? '') < key) low = middle + 1;
    else high = middle;
  }
  return low;
}
