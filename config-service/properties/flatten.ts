import type { Entry } from './entry.ts';
import type { Findings } from './findings.ts';
import { shownKey } from './findings.ts';
import { MAX_ALIASED_VALUES, MAX_DEPTH, MAX_FLAT_CHARACTERS } from './limits.ts';
import type { MapNode, Tree } from './tree.ts';

/**
 * Flat keys of a whole file: maps nest with dots, a list is its own entry beside `key.0`, `key.1` and so on, an empty map
 * is nothing. One key set twice is a problem however it is spelled: `a: {b: 1}` and `a.b: 2` are the same key.
 * What an alias brings in stands where the alias is used.
 */
export function flatten(root: Tree, findings: Findings): readonly Entry[] {
  if (root.kind !== 'map') {
    const what = root.kind === 'list' ? 'a list' : 'a single value';
    findings.problem(root.offset, `the top level is ${what}; put it under a key`);
    return [];
  }
  const walk: Walk = { findings, entries: new Map(), aliased: 0, characters: 0, stopped: false };
  flattenMap(walk, root, { key: undefined, depth: 1, alias: undefined });
  return [...walk.entries.values()];
}

interface Walk {
  readonly findings: Findings;
  readonly entries: Map<string, Entry>;
  aliased: number;
  characters: number;
  stopped: boolean;
}

interface Spot {
  /** Undefined at the top level, which is not the same as the empty key. */
  readonly key: string | undefined;
  readonly depth: number;
  /** Offset of the outermost alias the walk is inside of. */
  readonly alias: number | undefined;
}

function flattenMap(walk: Walk, map: MapNode, spot: Spot): void {
  const seen = new Map<string, number>();
  for (const member of map.members) {
    const key = spot.key === undefined ? member.key : `${spot.key}.${member.key}`;
    const offset = spot.alias ?? member.offset;
    const first = seen.get(member.key);
    if (first === undefined) {
      seen.set(member.key, offset);
      flattenNode(walk, member.value, key, offset, spot);
    } else if (spot.alias === undefined) {
      reportDuplicate(walk, key, offset, walk.findings.place(first).line);
    }
  }
}

function flattenNode(walk: Walk, node: Tree, key: string, offset: number, spot: Spot): void {
  if (walk.stopped) return;
  if (spot.depth > MAX_DEPTH) {
    stop(walk, offset, `nested deeper than ${MAX_DEPTH} levels`);
    return;
  }
  if (spot.alias !== undefined) walk.aliased += 1;
  if (walk.aliased > MAX_ALIASED_VALUES) {
    stop(
      walk,
      offset,
      `the aliases of this file repeat more than ${MAX_ALIASED_VALUES} values; write less of them`,
    );
    return;
  }
  const inside = { key, depth: spot.depth + 1, alias: spot.alias };
  switch (node.kind) {
    case 'scalar':
      put(walk, offset, { key, value: node.text });
      break;
    case 'map':
      flattenMap(walk, node, inside);
      break;
    case 'list':
      put(walk, offset, { key, value: '', items: node.items.length });
      for (const [index, item] of node.items.entries()) {
        flattenNode(walk, item, `${key}.${index}`, spot.alias ?? item.offset, inside);
      }
      break;
    case 'alias':
      flattenNode(walk, node.target, key, offset, { ...inside, alias: offset });
      break;
  }
}

function put(walk: Walk, offset: number, entry: Omit<Entry, 'line' | 'column'>): void {
  // Counted before the key is used: concatenated text takes memory once it is hashed.
  walk.characters += entry.key.length + entry.value.length;
  if (walk.characters > MAX_FLAT_CHARACTERS) {
    stop(
      walk,
      offset,
      `the flat keys of this file take more than ${MAX_FLAT_CHARACTERS} characters; shorten them`,
    );
    return;
  }
  const earlier = walk.entries.get(entry.key);
  if (earlier === undefined) walk.entries.set(entry.key, { ...entry, ...walk.findings.place(offset) });
  else reportDuplicate(walk, entry.key, offset, earlier.line);
}

function reportDuplicate(walk: Walk, key: string, offset: number, firstLine: number): void {
  const message = `duplicate key ${shownKey(key)}: already set on line ${firstLine}; keep one of them`;
  walk.findings.problem(offset, message, 'LF_DUPLICATE_KEY');
}

/** A bound was met: what is left of the file is not looked at. */
function stop(walk: Walk, offset: number, message: string): void {
  walk.stopped = true;
  walk.findings.problem(offset, message);
}
