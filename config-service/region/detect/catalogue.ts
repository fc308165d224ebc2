import { startOfLine } from './candidates.ts';
import { isCommandLine } from './command-line.ts';
import type { Verdict } from './finding.ts';
import type { RegionName } from './region-name.ts';

export interface Judged {
  readonly name: RegionName;
  readonly verdict: Verdict;
}

/** Fewer may be a choice, as of regions to copy to. */
const FEWEST = 5;
const FEWEST_AREAS = 3;
/** A place's name or an id stands between two regions, no sentence. */
const WIDEST = 48;

/**
 * The names of a list of regions: many of them, one like the other, none more often than the rest. It says which regions
 * there are, and whoever reads it takes the one that it is in. A list of few is a choice.
 */
export function catalogued(text: string, judged: readonly Judged[]): ReadonlySet<RegionName> {
  const listed = new Set<RegionName>();
  if (judged.length < FEWEST) return listed;
  let row: RegionName[] = [];
  let shape: string | undefined;
  for (const { name, verdict } of judged) {
    const last = row.at(-1);
    if (name.spelling !== 'plain' || (verdict !== null && verdict.kind !== 'config-region')) continue;
    const between = last === undefined ? undefined : shapeOf(text.slice(last.end, name.start));
    if (last !== undefined && between !== undefined && (row.length === 1 || between === shape)) {
      row.push(name);
      shape = between;
      continue;
    }
    addTo(listed, text, row);
    // The last of one row may be the first of the next.
    row = last !== undefined && between !== undefined && row.length < FEWEST ? [last, name] : [name];
    shape = between;
  }
  addTo(listed, text, row);
  return listed;
}

/** A loop or a command does something in each of them. */
const LOOP = /(?:^|;)\s*for(?:each)?[\s(]/;
const REACH = 300;

function addTo(listed: Set<RegionName>, text: string, row: readonly RegionName[]): void {
  const regions = new Set(row.map(({ region }) => region));
  const areas = new Set(row.map(({ region }) => region.slice(0, 2)));
  if (regions.size !== row.length || regions.size < FEWEST || areas.size < FEWEST_AREAS) return;
  const first = row[0]?.start ?? 0;
  const before = text.slice(startOfLine(text, first, REACH), first);
  if (LOOP.test(before) || isCommandLine(before)) return;
  for (const name of row) listed.add(name);
}

/** What separates two names, every word alike; undefined where it is more than that, or where the second is a value. */
function shapeOf(between: string): string | undefined {
  if (between.length > WIDEST || /:\/\/|amazonaws/i.test(between)) return undefined;
  const shape = between
    .replace(/,? (?:and|or|und|et|y) $/, ', ')
    .replaceAll(/[\p{L}\p{N}_.'’ -]+/gu, (words) => (words.trim() === '' ? ' ' : 'w'));
  return /[=:]\W*$/.test(shape) ? undefined : shape;
}
