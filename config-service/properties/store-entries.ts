import { isRecord } from '../kit/is-record.ts';
import type { Steps } from '../kit/steps.ts';
import type { Entry } from './entry.ts';
import type { Findings } from './findings.ts';

/** The ending of what the agent makes of the entries of a store. No file of a source is read by it. */
export const STORE_ENTRIES = '.entries';

/** One entry of a store that counts each by itself. */
export interface StoreEntry {
  readonly key: string;
  readonly value: string | readonly string[];
  /** What the store calls it, and which version it was: places of problems and of `explain`. */
  readonly name: string;
  readonly version: number;
}

/** In the order of the names, so that the same entries are the same bytes. */
export function printStoreEntries(entries: readonly StoreEntry[]): Uint8Array {
  const sorted = entries.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return Buffer.from(
    JSON.stringify(sorted.map(({ key, value, name, version }) => ({ key, value, name, version }))),
  );
}

/** Reads what `printStoreEntries` printed, in this version of the agent or another. */
export function* parseStoreEntries(text: string, findings: Findings): Steps<readonly Entry[]> {
  const entries: unknown = JSON.parse(text);
  yield;
  if (!Array.isArray(entries) || !entries.every(isStoreEntry)) {
    findings.problem(0, 'the entries of the store were kept in another form');
    return [];
  }
  return entries.flatMap(({ key, value, name, version }) => {
    const place = { file: name, line: version, column: 1 };
    if (typeof value === 'string') return [{ key, value, ...place }];
    const items = value.map((item, at) => ({ key: `${key}.${at}`, value: item, ...place }));
    return [{ key, value: '', items: value.length, ...place }, ...items];
  });
}

function isStoreEntry(entry: unknown): entry is StoreEntry {
  if (!isRecord(entry)) return false;
  const { key, value, name, version } = entry;
  const isText =
    typeof value === 'string' || (Array.isArray(value) && value.every((item) => typeof item === 'string'));
  return typeof key === 'string' && typeof name === 'string' && typeof version === 'number' && isText;
}
