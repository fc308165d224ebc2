import type { Nested, NestedMap } from '../properties/nested.ts';
import type { JsonValue } from './effective.ts';
import { MAX_NESTING } from './list-shape.ts';
import type { OutlineEntry } from './outline.ts';

/**
 * Maps by the dots of the keys, lists as lists. Where a name is a value and a parent, its children stay dotted beside it.
 * @param outline sorted by key
 */
export function nestedDocument(outline: readonly OutlineEntry[]): NestedMap {
  const root: Tree = new Map();
  for (const { property } of outline) {
    const { key, value, list } = property;
    place(root, key, list === undefined ? scalarOf(value) : list.map(nestedOf));
  }
  return root;
}

type Tree = Map<string, Nested>;

/** What a name holds comes before what lies below it, for the keys are sorted: a parent that is a value is known as one. */
function place(root: Tree, key: string, value: Nested): void {
  const names = key.split('.', MAX_NESTING);
  let node = root;
  let at = 0;
  for (const name of names.slice(0, -1)) {
    const child = node.get(name);
    if (child !== undefined && !(child instanceof Map)) break;
    const next: Tree = (child as Tree | undefined) ?? new Map();
    if (child === undefined) node.set(name, next);
    node = next;
    at += name.length + 1;
  }
  node.set(key.slice(at), value);
}

function nestedOf(value: JsonValue): Nested {
  if (typeof value === 'string') return scalarOf(value);
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(nestedOf);
  if (value === null || typeof value !== 'object') return value;
  return new Map(Object.entries(value).map(([name, child]) => [name, nestedOf(child)]));
}

/** A number or a truth only where that prints back the same text: `1.10`, `007` and `1e3` are names of something. */
function scalarOf(text: string): Nested {
  if (text === 'true') return true;
  if (text === 'false') return false;
  const number = /^-?\d/.test(text) ? Number(text) : Number.NaN;
  return Number.isFinite(number) && String(number) === text ? number : text;
}
