import { isUtf8 } from 'node:buffer';
import { readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Subject } from '../report/collector.ts';
import { causeOf } from '../bytes/damage.ts';
import { diffLines } from './line-diff.ts';
import { LIMITS } from '../bytes/limits.ts';
import { mapped, type Move } from './mapping.ts';
import { scan, type ScanOptions } from '../scan.ts';
import type { Sighting } from '../text/text-scanner.ts';
import { writtenByItself } from '../origin/written-by-itself.ts';

/** Something that is bound to the old region and has no counterpart that could safely be written in its place. */
export interface Unmapped {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly text: string;
  readonly why: string;
}

/** A file that its program writes: nothing in it is to be moved by hand. */
export interface LeftAlone {
  readonly path: string;
  readonly why: string;
  /** How often it names the region. */
  readonly places: number;
}

export interface Rewrite {
  /** Unified, for `patch -p1` in the scanned root. */
  readonly diff: string;
  readonly unmapped: readonly Unmapped[];
  readonly leftAlone: readonly LeftAlone[];
}

interface Seen {
  readonly subject: Subject;
  readonly sightings: Sighting[];
}

interface Replacement {
  readonly sighting: Sighting;
  readonly name: string;
}

/** What to change so that what was made for one region fits another. Only says so: no file is written. */
export async function rewrite(
  paths: readonly string[],
  move: Move,
  options: Omit<ScanOptions, 'home' | 'baseline' | 'witness'>,
): Promise<Rewrite> {
  const files = new Map<string, Seen>();
  const witness = (subject: Subject, sighting: Sighting): void => {
    if (sighting.region !== null && sighting.region !== move.from) return;
    const seen = files.get(subject.path) ?? { subject, sightings: [] };
    files.set(subject.path, seen);
    seen.sightings.push(sighting);
  };
  await scan(paths, { ...options, home: move.to, baseline: new Set(), witness });
  const unmapped: Unmapped[] = [];
  const leftAlone: LeftAlone[] = [];
  const diffs = Array.from(files.values(), (seen) => {
    const { path } = seen.subject;
    const why = writtenByItself(resolve(options.cwd, path));
    if (why === undefined) return rewriteFile(seen, move, options.cwd, unmapped);
    leftAlone.push({ path, why, places: seen.sightings.length });
    return '';
  });
  return { diff: diffs.join(''), unmapped, leftAlone };
}

function rewriteFile({ subject, sightings }: Seen, move: Move, cwd: string, unmapped: Unmapped[]): string {
  const refuse = ({ line, column, text }: Sighting, why: string): void => {
    unmapped.push({ path: subject.path, line, column, text, why });
  };
  const replacements: Replacement[] = [];
  // A host that names the region twice is one thing: both are moved, or none.
  for (const together of Map.groupBy(sightings, ({ line, column, text }) =>
    JSON.stringify([line, column, text]),
  ).values()) {
    const mappings = together.map((sighting) => ({ sighting, mapping: mapped(sighting, move) }));
    const stuck = mappings.find(({ mapping }) => mapping.kind === 'none');
    if (stuck?.mapping.kind === 'none') refuse(stuck.sighting, stuck.mapping.why);
    for (const { sighting, mapping } of stuck ? [] : mappings)
      if (mapping.kind === 'to') replacements.push({ sighting, name: mapping.name });
  }
  if (replacements.length === 0) return '';
  const before = textAt(resolve(cwd, subject.path));
  if (before.kind === 'none') {
    for (const { sighting } of replacements) refuse(sighting, before.why);
    return '';
  }
  const { bytes } = before;
  const pieces: string[] = [];
  let done = 0;
  for (const { sighting, name } of replacements.toSorted((a, b) => a.sighting.offset - b.sighting.offset)) {
    const { offset } = sighting;
    if (offset < done) continue;
    pieces.push(bytes.toString('utf8', done, offset), name);
    done = offset + Buffer.byteLength(sighting.name);
  }
  pieces.push(bytes.toString('utf8', done));
  return diffLines(subject.relative, bytes.toString('utf8'), pieces.join(''));
}

/** A text file as it lies on the disk. In anything else an offset means something else, and a changed length breaks it. */
function textAt(path: string): { kind: 'text'; bytes: Buffer } | { kind: 'none'; why: string } {
  if (path.includes('!/')) return { kind: 'none', why: 'it stands in an archive' };
  try {
    if (statSync(path).size > LIMITS.rewriteBytes)
      return { kind: 'none', why: 'the file is too large to rewrite' };
    const bytes = readFileSync(path);
    const isText = !bytes.includes(0) && isUtf8(bytes);
    return isText ? { kind: 'text', bytes } : { kind: 'none', why: 'the file is no plain text' };
  } catch (error) {
    return { kind: 'none', why: causeOf(error) };
  }
}
