import type { FaultCode, Problem } from '../kit/errors.ts';
import type { Entry } from '../properties/entry.ts';
import { type Assignment, type Chain, placeOf } from './assignment.ts';
import { type JsonValue, MAX_VALUE_LENGTH, type Origin } from './effective.ts';
import { fillList, keysBelow, leavesOf, MAX_NESTING, shapeList } from './list-shape.ts';

/** A layer whose files have been read as properties. */
export interface ParsedLayer {
  readonly name: string;
  /** Sorted by path, so that what is reported does not depend on how a source lists a folder. */
  readonly files: readonly ParsedLayerFile[];
}

export interface ParsedLayerFile {
  readonly path: string;
  /** The source's own address. */
  readonly object: string;
  readonly entries: readonly Entry[];
}

/**
 * Lays a layer upon those that are weaker. Nothing is lost: per key, its assignment comes before those that are there. Problems: a key in
 * two files (`LF_DUPLICATE_KEY`, both places named), a key that starts with `@` (`LF_FACT_ASSIGNED`), a list beyond the limits
 * (`LF_VALUE_TOO_LARGE`). Twice in one file is no problem here: the last wins, as in Java.
 * @param chains of the weaker layers; they become those of all.
 * @param strength the place of the layer in the order, counted from the weakest.
 */
export function layUpon(
  chains: Map<string, Chain>,
  layer: ParsedLayer,
  strength: number,
): readonly Problem[] {
  const problems: Problem[] = [];
  for (const file of layer.files) {
    const lists = listsAsWritten(file.entries);
    const { object } = file;
    for (const { key, value, line, items, file: named = file.path } of file.entries) {
      const raw = items === undefined ? value : lists.get(key);
      const known = chains.get(key);
      const earlier = known?.[0].strength === strength ? known[0] : undefined;
      const one = { layer: layer.name, file: named, line, object, raw: raw ?? '', strength };
      const complaint = complaintAbout(key, raw, named, earlier);
      if (complaint !== undefined) {
        problems.push({ ...complaint, ...placeOf(one) });
        continue;
      }
      const assignment: Assignment = items === undefined ? one : { ...one, items };
      if (known === undefined) chains.set(key, [assignment]);
      else chains.set(key, [assignment, ...(earlier ? known.slice(1) : known)]);
    }
  }
  return problems;
}

function complaintAbout(
  key: string,
  raw: string | undefined,
  path: string,
  earlier: Origin | undefined,
): { readonly code: FaultCode; readonly message: string } | undefined {
  // All of `@...` is reserved, not only today's facts: Archaius also gives `@next` a meaning we do not want by accident.
  if (key.startsWith('@')) {
    const message = `'${key}' is read-only: names with '@' come from the instance, never from configuration`;
    return { code: 'LF_FACT_ASSIGNED', message };
  }
  if (earlier !== undefined && earlier.file !== path) {
    const { file, line } = placeOf(earlier);
    return { code: 'LF_DUPLICATE_KEY', message: `'${key}' stands in ${file}:${line} too; keep one of them` };
  }
  if (raw === undefined) {
    const message = `the list '${key}' is larger than ${MAX_VALUE_LENGTH} characters or deeper than ${MAX_NESTING} levels`;
    return { code: 'LF_VALUE_TOO_LARGE', message };
  }
  return undefined;
}

/** The JSON text of each list of a file; those beyond the limits are left out. Costs nothing for a file without lists. */
function listsAsWritten(entries: readonly Entry[]): ReadonlyMap<string, string> {
  const texts = new Map<string, string>();
  const lists = entries.filter((entry) => entry.items !== undefined);
  if (lists.length === 0) return texts;
  const byKey = new Map(entries.map((entry) => [entry.key, entry]));
  const sorted = [...byKey.keys()].toSorted();
  const values = new Map<string, readonly JsonValue[]>();
  // A nested list sorts after the one it lies in; backwards, it is ready when it is needed.
  for (const { key, items = 0 } of lists.toSorted((a, b) => (a.key < b.key ? 1 : -1))) {
    if (key.split('.').length > MAX_NESTING) continue;
    const shape = shapeList(key, items, keysBelow(sorted, key));
    const texted = leavesOf(shape).map((leaf) => texts.get(leaf) ?? byKey.get(leaf)?.value ?? '');
    if (texted.reduce((sum, text) => sum + text.length, 0) > MAX_VALUE_LENGTH) continue;
    const value = fillList(shape, (leaf) => values.get(leaf) ?? byKey.get(leaf)?.value ?? '');
    values.set(key, value);
    texts.set(key, JSON.stringify(value));
  }
  return texts;
}
